import pytest
import torch
from torch import Tensor

from mmrec import recurrence


def scan_slowly(z: Tensor, gamma: Tensor, weight: Tensor, bias: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
    """The definition, one step and one sentence at a time, recorded by autograd."""
    states = []
    for t in range(z.shape[1]):
        gate = torch.sigmoid(torch.einsum("ij,bj->bi", weight, h) + bias)
        h = z[:, t] * gate + gamma[:, t] * h
        states.append(h)
    return torch.stack(states, dim=1), h


def draw(batch: int, length: int, width: int, dtype: torch.dtype = torch.float64) -> list[Tensor]:
    stream = torch.Generator().manual_seed(batch + 10 * length + 100 * width)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=stream, dtype=torch.float64).to(dtype).requires_grad_()

    gamma = torch.rand(batch, length, width, generator=stream, dtype=torch.float64).to(dtype).requires_grad_()
    return [
        normal(batch, length, width),
        gamma,
        normal(width, width),
        normal(width),
        normal(batch, width),
    ]


def test_the_scan_is_the_definition_forward_and_backward():
    for sizes in ((1, 1, 3), (2, 7, 5), (3, 40, 8)):
        inputs = draw(*sizes)
        fast, slow = recurrence.scan(*inputs), scan_slowly(*inputs)
        torch.testing.assert_close(fast, slow, atol=1e-12, rtol=0)
        # The second result must pass gradients too: chunks hang on it.
        weights = torch.linspace(-1, 2, fast[0].numel(), dtype=torch.float64).view_as(fast[0])
        for result in (fast, slow):
            ((result[0] * weights).sum() + result[1].square().sum()).backward()
            gradients = [x.grad.clone() for x in inputs]
            for x in inputs:
                x.grad = None
            if result is fast:
                expected = gradients
        torch.testing.assert_close(expected, gradients, atol=1e-10, rtol=1e-10)


def test_the_hand_written_gradient_passes_gradcheck():
    assert torch.autograd.gradcheck(recurrence.scan, draw(2, 4, 3))


def test_bounding_the_input_passes_gradcheck():
    z, gamma = draw(2, 4, 3)[:2]
    assert torch.autograd.gradcheck(recurrence.bound_input, (z, gamma))


def test_splitting_the_scan_changes_nothing():
    z, gamma, weight, bias, h0 = draw(2, 9, 4)
    whole, last = recurrence.scan(z, gamma, weight, bias, h0)
    for cut in range(1, 9):
        first, middle = recurrence.scan(z[:, :cut], gamma[:, :cut], weight, bias, h0)
        second, end = recurrence.scan(z[:, cut:], gamma[:, cut:], weight, bias, middle)
        torch.testing.assert_close(torch.cat([first, second], 1), whole, atol=1e-12, rtol=0)
        torch.testing.assert_close(end, last, atol=1e-12, rtol=0)


def test_recording_gradients_does_not_change_a_bit_of_the_result():
    inputs = draw(2, 9, 4, torch.float32)
    recorded = recurrence.scan(*inputs)
    with torch.no_grad():
        plain = recurrence.scan(*inputs)
    assert torch.equal(recorded[0], plain[0])
    assert torch.equal(recorded[1], plain[1])


def test_the_scan_leaves_its_arguments_alone():
    inputs = [x.detach() for x in draw(2, 5, 4)]
    copies = [x.clone() for x in inputs]
    result, _ = recurrence.scan(*inputs)
    result.add_(1)
    for x, copy in zip(inputs, copies, strict=True):
        assert torch.equal(x, copy)


def test_state_is_summed_in_float32_or_wider():
    for dtype, expected in (
        (torch.bfloat16, torch.float32),
        (torch.float32, torch.float32),
        (torch.float64, torch.float64),
    ):
        states, last = recurrence.scan(*draw(2, 3, 4, dtype))
        assert states.dtype == last.dtype == recurrence.state_dtype(dtype) == expected


@pytest.mark.parametrize("scale", [0.0, 1.0, 1e4, 1e15, -1e15])
def test_the_state_stays_bounded_over_32k_steps_whatever_the_weights(scale: float):
    length, width = 32_768, 4
    stream = torch.Generator().manual_seed(1)
    z = torch.full((1, length, width), 1e30)
    z[..., 1] = -1e30
    z[..., 2] = torch.randn(length, generator=stream) * 1e6
    gamma = torch.full((1, length, width), 1 - 1e-6)
    weight = torch.randn(width, width, generator=stream) * scale
    bias = torch.full((width,), abs(scale))
    with torch.no_grad():
        states, _ = recurrence.scan(recurrence.bound_input(z, gamma), gamma, weight, bias, torch.ones(1, width))
    assert states.isfinite().all()
    assert states.abs().max() <= 1.0 + 1e-3


def test_shapes_that_do_not_fit_are_named():
    z, gamma, weight, bias, h0 = draw(2, 3, 4)
    with pytest.raises(ValueError, match=r"h0 \[1, 4\] do not fit"):
        recurrence.scan(z, gamma, weight, bias, h0[:1])
    with pytest.raises(ValueError, match="T of at least 1"):
        recurrence.scan(z[:, :0], gamma[:, :0], weight, bias, h0)
