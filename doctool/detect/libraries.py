"""What is known by name about functions from outside the package: which only tell, which hand on, which change."""

from __future__ import annotations

import ast
import sys


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


COMPUTING = _words("""
    torch torchvision torchaudio numpy jax flax equinox haiku optax einops triton scipy keras tensorflow xformers
    flash_attn accelerate lightning pytorch_lightning omegaconf timm tinygrad mlx jaxtyping deepspeed apex safetensors
    bitsandbytes fla mamba_ssm distutils
""")
"""Libraries whose functions do what they are told, as those of Python do; of any other, nobody knows that."""

QUIET = _words("""
    print pprint _assert repr warn warning warning_once warn_once debug info log log_dict error critical exception
    rank_zero_info rank_zero_warn rank_zero_only save_hyperparameters add_argument add_option deprecate
""")
"""They tell or write something; where their result goes nowhere, nothing has happened."""

TELLS_ALWAYS = _words("print pprint warn warning add_argument deprecate")
WRITERS = _words("save dump dumps write_text writelines")
"""They write what they are given; that they do so at all is an effect."""

CARRIERS = _words("""
    dict list tuple set frozenset sorted reversed iter next vars asdict copy deepcopy replace SimpleNamespace Namespace
    OrderedDict defaultdict MappingProxyType FrozenDict freeze ModuleList ModuleDict Sequential create to_container
    merge structured load chain filter DictConfig EasyDict AttrDict from_dict to_dict items values keys get pop
    setdefault
    __dict__ _asdict modules children getattr compile jit checkpoint DataParallel script DistributedDataParallel wraps
    lru_cache cache vmap remat filter_jit cast map enumerate zip named_children named_modules update_wrapper to cuda cpu
    eval train half float parallelize fully_shard FSDP
""")
"""What they give back holds what they were given."""

SAME = _words("bool int float str abs len")
"""What they give back is the value they were given."""

CHANGERS = _words("""
    append add extend insert update setdefault appendleft add_module register_module register_buffer register_parameter
    register backward step load_state_dict requires_grad_ apply zero_grad clear remove train eval
""")
"""Methods that change what they are called on."""

VIEWS = _words("parameters named_parameters buffers state_dict view data detach get_submodule")
"""Methods that give parts of what they are called on."""

FILLERS = _words("append extend insert add update")
EFFECTS = _words("backward step write send put enter_context")
"""Methods that are called for what they do with the object elsewhere."""

RECORDS = _words("dict replace SimpleNamespace Namespace OrderedDict")
"""What they give back has what they were given by name."""

RECORD_MARKS = _words("dataclass struct define attrs frozen s")
RECORD_BASES = _words("NamedTuple TypedDict Struct BaseModel PretrainedConfig PreTrainedConfig Module")
"""Decorators and bases of classes that are given their fields."""

SETTINGS_HOLDERS = _words("torch jax numpy random tensorflow keras")
"""Libraries that hold settings of their own, which a call may change."""

NAMED_STORES = _words("setattr register_buffer register_parameter add_module register_module")
KEYED = _words("get pop setdefault __getitem__ getenv select")
"""Methods that look a key up."""

TRANSPARENT = _words("no_grad inference_mode override overload abstractmethod typechecked jaxtyped beartype wraps")
"""Decorators that hand a function what it is given, and do nothing else with it."""

TOLD = _words("""
    __repr__ __str__ __format__ __getstate__ __setstate__ __reduce__ __reduce_ex__ __dir__ extra_repr to_dict
    to_json_string as_dict get_config to_diff_dict _get_name __rich_repr__ _repr_html_
""")
"""Methods that are run by whoever prints or pickles an object; they change nothing of what it does."""

RUN_BY_FRAMEWORKS = _words("""
    forward setup training_step validation_step test_step predict_step configure_optimizers generate sample step
    init_weights reset_parameters call apply loss predict configure_model inference prepare_inputs_for_generation
    log_prob encode decode on_train_epoch_start on_train_start _init_weights _apply _load_from_state_dict backward
    setup_context
    _save_to_state_dict
""")
"""Methods of models and layers that their users call."""

_SETTINGS = ("config", "cfg", "conf", "args", "opt", "hparams", "setting", "hps", "params", "flags", "option", "spec")


def is_setting(node: ast.expr) -> bool:
    """Whether the name of an object says that it holds settings: `cfg.model`, `self.config`."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        if isinstance(node, ast.Attribute) and any(one in node.attr.lower() for one in _SETTINGS):
            return True
        node = node.func if isinstance(node, ast.Call) else node.value
    return isinstance(node, ast.Name) and any(one in node.id.lower() for one in _SETTINGS)


def is_computing(dotted: str) -> bool:
    """Whether something outside the package is of a library that does what it is told."""
    return dotted.partition(".")[0] in COMPUTING | sys.stdlib_module_names
