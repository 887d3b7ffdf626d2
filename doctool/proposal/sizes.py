"""Small sizes for arguments that have no default: by the names that such arguments have everywhere."""

from __future__ import annotations

import re
from typing import Any

# By the whole name, or by its end; the first that fits. All are small, and fit together: heads divide widths, patches
# divide images.
_SIZES: tuple[tuple[str, Any], ...] = (
    (r"(n_)?vocab(ulary)?(_size|_len)?|num_(tokens|embeddings|words|items)|n_?tokens?|ntokens?|n_words|vocab_dim", 256),
    (r"(num_|n_)?(class(es)?|labels?)(_num)?|nclass|n_out|out(put)?_(dim|size)|num_outputs?|target_dim", 10),
    (r"(im(a)?g(e)?|input)_?(size|h|w|height|width|resolution|res)|resolution|height|width_px|img", 32),
    (r"(temporal_)?patch_?(size|dim|len|height|width)?|p", 4),
    (r"(num_|n_)?(heads?|kv_heads|attention_heads|q_heads)|nheads?|n_heads?|num_attention_heads|head_num", 4),
    (r"(dim|d|size)_?(per_)?heads?|head_(dim|size|width)|d_k|d_v|dh", 16),
    (r"(num_|n_)?(hidden_)?(layers?|blocks?|stages?|hidden_layers)|nlayers?|depths?|n_layers?|num_res_blocks|layer_num", 2),
    (r"(max_)?(seq(uence)?|context|block|ctx|source|target|position|pos|tgt|src)_?(len(gth)?|size|s)?|max_(len|length)"
     r"|n_ctx|max_position_embeddings|length|time_steps|seq|t_len", 64),
    (r"(ff(n)?|mlp|feed_?forward|inner|intermediate|filter)_?(dim|hidden|size|hidden_dim|channels?|width)?|d_(ff|inner|mlp)"
     r"|hidden_features|dim_feedforward|dim_(inner|ff|mlp)|ffn_embed_dim|nhidden_ff", 128),
    (r"(drop(out)?|attn_drop|resid_drop|embd?_drop|drop_path|p_drop)(_?(out|rate|prob|p|path|ratio))?|\w*dropout\w*"
     r"|\w*_pdrop|\w*drop_?rate", 0.0),
    (r"(mlp|expan(d|sion)|hidden|growth|width|ff)_?(ratio|factor|mult|rate)|expansion|expand|mult", 2),
    (r"(num_|n_)?(in_)?(ch(an(nel)?)?s?|colou?rs?)|(in|input|img|image)_?(ch(an(nel)?)?s?|channels)|nc|n_channels|inchannels", 3),
    (r"(out(put)?|mid|hidden|base|num|n|model)_?(ch(an(nel)?)?s?|planes|filters|feature_maps)|planes|filters|nf|ngf|ndf|growth", 16),
    (r"in_planes|inplanes", 16),
    (r"(d_)?(conv|kernel)(_size|_width)?|k(ernel)?(_size)?|d_conv|window(_size)?", 3),
    (r"stride|dilation|groups|num_groups|padding", 1),
    (r"(num_|n_)?(experts|slots|memor(y|ies)|mem|latents|queries|codebook(s)?|groups|basis|heads_per)(_tokens|_size)?", 4),
    (r"top_?k|num_experts_per_tok", 2),
    (r"d_state|state_(dim|size)|n_state|ssm_state|dt_rank|rank|lora_r|r", 8),
    (r"(d|n|num|model|embed(ding)?|emb|hid(den)?|token|feature|node|latent|time_embed|in|input|inp|out)?_?"
     r"(dim|dims?|d_?model|size|units|features?|feats?|embd?|embed(ding)?|width|hidden|hid|channels)(_dim|_size)?"
     r"|width|d|c|nfeat|nhid|ninp|emsize|n_embd|n_hidden|embedding|hidden|in_dim|input_dim|dim_in|dim_out|z_dim", 64),
    (r"alpha|negative_slope|slope", 0.2),
    (r"\w*eps(ilon)?", 1e-5),
    (r"(rope_)?(theta|base)", 10000.0),
)  # fmt: skip
_PATTERNS = tuple((re.compile(pattern), value) for pattern, value in _SIZES)


def guess_size(name: str, annotation: str = "") -> Any:
    """Return a small value for an argument of this name; None where its name says nothing.

    Args:
        name: Its name.
        annotation: Its type, as written.
    """
    if annotation and not re.search(r"\b(int|float|Optional|Any)\b", annotation):
        return None
    plain = name.lower().strip("_")
    for pattern, value in _PATTERNS:
        if pattern.fullmatch(plain):
            return value
    tail = plain
    while "_" in tail:
        tail = tail.partition("_")[2]
        for pattern, value in _PATTERNS:
            if len(tail) > 2 and pattern.fullmatch(tail):
                return value
    return None
