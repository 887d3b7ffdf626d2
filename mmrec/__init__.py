"""MM-Rec: a recurrent language model whose mechanisms (HEM, DPG, UBÖO) are constructor toggles.

It knows nothing about how it is measured. Files read in this order: config, recurrence, projections, decay,
memory, attention, planning, block, model; then generate, data, training, workloads.
"""

from __future__ import annotations

from mmrec.block import BlockOutput, BlockState, MMRecBlock
from mmrec.config import PRESETS, MMRecConfig
from mmrec.generate import generate
from mmrec.model import MMRecModel, MMRecOutput, ModelState, build_model
from mmrec.training import Trainer, TrainingPlan, build_trainer
from mmrec.workloads import Decoder, build_decoder

__all__ = [
    "PRESETS",
    "BlockOutput",
    "BlockState",
    "Decoder",
    "MMRecBlock",
    "MMRecConfig",
    "MMRecModel",
    "MMRecOutput",
    "ModelState",
    "Trainer",
    "TrainingPlan",
    "build_decoder",
    "build_model",
    "build_trainer",
    "generate",
]
