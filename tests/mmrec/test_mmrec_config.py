import dataclasses

import pytest

from mmrec import PRESETS, MMRecConfig


def test_presets_have_the_documented_sizes():
    sizes = {name: (c.width, c.layers, c.heads, c.sequence_length) for name, c in PRESETS.items()}
    assert sizes["small"] == (512, 2, 8, 512)
    assert sizes["medium"] == (1024, 2, 8, 1024)
    assert PRESETS["small"].dpg_rank == PRESETS["medium"].dpg_rank == 128
    assert all(config.planning_weight == 0.1 for config in PRESETS.values())
    assert not any(c.use_hem or c.use_dpg or c.use_uboo for c in PRESETS.values())


def test_a_preset_takes_overrides():
    config = MMRecConfig.preset("small", use_hem=True, width=256)
    assert (config.use_hem, config.width, config.head_width) == (True, 256, 32)
    assert not PRESETS["small"].use_hem


def test_an_unknown_preset_names_the_nearest():
    with pytest.raises(ValueError, match="unknown preset 'smal'; did you mean 'small'"):
        MMRecConfig.preset("smal")
    with pytest.raises(ValueError, match="known: tiny, small"):
        MMRecConfig.preset("!!!")


def test_an_unknown_field_names_the_nearest():
    with pytest.raises(ValueError, match="'use_hme'; did you mean 'use_hem'"):
        MMRecConfig.preset("small", use_hme=True)


def test_a_configuration_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        MMRecConfig().width = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("width", 0, "width is 0"),
        ("width", 2.5, "width is 2.5"),
        ("layers", True, "layers is True"),
        ("width", 100, "not a multiple of heads 8"),
        ("pe_dim", 7, "pe_dim is 7, expected an even"),
        ("memory_slots", 12, "memory_slots is 12"),
        ("memory_slots", 18, "memory_slots is 18"),
        ("segment_length", -1, "segment_length is -1"),
        ("dpg_rank", 0, "dpg_rank is 0"),
        ("planning_weight", -0.1, "planning_weight is -0.1"),
        ("planning_weight", float("nan"), "planning_weight is nan"),
        ("planning_weight", "much", "planning_weight is 'much'"),
        ("use_hem", 1, "use_hem is 1, expected True or False"),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(field: str, value: object, says: str):
    with pytest.raises(ValueError, match=says):
        MMRecConfig(**{field: value})


def test_slot_capacities_sum_to_m():
    for slots in range(16, 80, 4):
        assert sum(MMRecConfig(memory_slots=slots).slot_capacities) == slots
