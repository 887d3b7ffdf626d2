"""Small sizes for arguments that have no default: by the names that such arguments have everywhere."""

from __future__ import annotations

import re
from typing import Any

WIDTH = 64
# By the whole name, or by its end behind an underscore. All are small, and fit together: heads divide widths, and
# patches divide images.
_SIZES: tuple[tuple[int | float, str], ...] = (
    (
        256,
        "vocab vocab_size vocabulary vocabulary_size n_vocab num_tokens n_tokens ntoken ntokens num_embeddings",
    ),
    (10, "classes class labels nclass nclasses n_out output_dim output_size num_outputs out_features"),
    (32, "img_size image_size input_size im_size resolution img_dim img_height img_width image_height image_width"),
    (4, "patch patch_size patch_dim patch_height patch_width frame_patch_size"),
    (4, "head heads nhead nheads experts slots latents queries groups memories"),
    (16, "dim_head dim_heads head_dim head_size d_head d_k d_v d_kv"),
    (2, "n_layer n_layers num_layers nlayers num_hidden_layers n_block n_blocks num_blocks num_stages depth"),
    (
        64,
        "block_size seq_len seq_length sequence_length max_len max_length context_length context_size n_ctx",
    ),
    (64, "max_position_embeddings num_positions length ctx_len max_sequence_length time_steps seq"),
    (
        128,
        "mlp_dim ff_dim ffn_dim ff_hidden mlp_hidden d_ff d_inner dim_ff dim_inner dim_feedforward intermediate_size",
    ),
    (128, "hidden_features ffn_hidden_size ff_hidden_dim mlp_hidden_dim feedforward_dim ffn_embed_dim"),
    (0.0, "dropout drop drop_rate drop_prob dropout_rate dropout_prob dropout_p pdrop drop_path drop_path_rate"),
    (2, "ratio mlp_ratio expansion expand factor mult ff_mult expansion_factor growth_factor top_k"),
    (
        3,
        "in_channels in_chans in_ch channels input_channels n_channels num_channels inchannels nc chans image_channels",
    ),
    (
        16,
        "out_channels out_chans out_ch hidden_channels mid_channels base_channels planes filters in_planes",
    ),
    (3, "kernel_size kernel ksize d_conv conv_size"),
    (1, "stride dilation padding"),
    (8, "d_state state_dim state_size n_state dt_rank rank"),
    (
        WIDTH,
        "dim dims d_model model_dim width hidden hid embd embed emb embedding embedding_size n_embd emsize units size",
    ),
    (
        WIDTH,
        "hidden_size hidden_dim embed_dim emb_dim feature features feats nfeat nhid ninp in_features z_dim latent_dim",
    ),
    (0.2, "alpha negative_slope slope"),
    (1e-5, "eps epsilon"),
)
_BY_NAME = {name: value for value, names in _SIZES for name in names.split()}


def guess_size(name: str, annotation: str = "") -> Any:
    """Return a small value for an argument of this name; None where its name says nothing.

    Args:
        name: Its name.
        annotation: Its type, as written.
    """
    if annotation and not re.search(r"\b(int|float|Optional|Any)\b", annotation):
        return None
    words = name.lower().strip("_").split("_")
    ends = ["_".join(words[start:]) for start in range(len(words))]
    if words[0] in {"n", "num"}:
        ends.append(f"num_{words[-1]}")  # of `num_encoder_layers`
    return next((_BY_NAME[end] for end in ends if end in _BY_NAME), None)
