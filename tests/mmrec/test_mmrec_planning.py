import torch
from torch import Tensor, nn
from torch.nn import functional

from mmrec import MMRecConfig, build_model
from mmrec.planning import PlanningError

SIZES = {"width": 16, "heads": 2, "pe_dim": 4, "vocabulary": 31}


def draw_tokens() -> Tensor:
    return torch.randint(31, (2, 40), generator=torch.Generator().manual_seed(0))


def head() -> PlanningError:
    return PlanningError(MMRecConfig.preset("tiny", **SIZES), 0)


def test_logits_are_bit_equal_with_and_without_the_planning_loss():
    results = []
    for on in (False, True):
        torch.manual_seed(3)
        results.append(build_model("tiny", **SIZES, use_uboo=on)(draw_tokens()))
    assert torch.equal(results[0].logits, results[1].logits)
    assert results[0].aux_loss is None
    assert results[1].aux_loss is not None


def test_the_loss_is_finite_positive_and_weighted():
    losses = []
    for weight in (0.0, 0.1, 0.2):
        torch.manual_seed(3)
        model = build_model("tiny", **SIZES, use_uboo=True, planning_weight=weight)
        losses.append(model(draw_tokens()).aux_loss.item())
    assert losses[0] == 0
    assert 0 < losses[1] < 1
    assert abs(losses[2] - 2 * losses[1]) < 1e-6


def test_the_loss_is_the_mean_over_blocks_of_the_error_written_out():
    torch.manual_seed(3)
    model = build_model("tiny", **SIZES, use_uboo=True, layers=3).double()
    states: list[Tensor] = []
    hooks = [
        block.planning_error.register_forward_hook(lambda _, args, __: states.append(args[1])) for block in model.blocks
    ]
    loss = model(draw_tokens()).aux_loss
    expected = []
    for block, h in zip(model.blocks, states, strict=True):
        head, errors = block.planning_error, []
        before = torch.zeros_like(h[:, 0])
        for t in range(h.shape[1]):
            errors.append(before @ head.W_planning_error.weight.T - h[:, t] @ head.W_planning_target.T)
            before = h[:, t]
        expected.append(torch.stack(errors).square().mean())
    torch.testing.assert_close(loss, 0.1 * torch.stack(expected).mean(), atol=1e-14, rtol=0)
    assert len(hooks) == 3


def test_the_state_that_is_foretold_receives_exactly_no_gradient():
    planning = head()
    before, after = (torch.randn(2, 5, 16, requires_grad=True) for _ in range(2))
    # Through a factor of one, so that `after` is part of the graph and its gradient a number, not None.
    one = torch.ones((), requires_grad=True)
    loss = planning(before, after * one).square().mean() + 0 * (after * one).sum()
    loss.backward()
    assert torch.equal(after.grad, torch.zeros_like(after))
    assert torch.equal(one.grad, torch.zeros(()))
    assert before.grad.any()
    assert planning.W_planning_error.weight.grad.any()


def test_the_target_is_orthogonal_fixed_and_saved():
    planning = head().double()
    product = planning.W_planning_target @ planning.W_planning_target.T
    torch.testing.assert_close(product, torch.eye(16, dtype=torch.float64), atol=1e-6, rtol=0)
    assert "W_planning_target" in planning.state_dict()
    assert [name for name, _ in planning.named_parameters()] == ["W_planning_error.weight"]


class TrainedTarget(nn.Module):
    """What UBÖO must not be: the target map learns too."""

    def __init__(self, planning: PlanningError) -> None:
        super().__init__()
        self.prediction = nn.Parameter(planning.W_planning_error.weight.detach().clone())
        self.target = nn.Parameter(planning.W_planning_target.clone())

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        return functional.linear(before, self.prediction) - functional.linear(after.detach(), self.target)


def test_a_trained_target_collapses_and_the_fixed_one_does_not():
    torch.manual_seed(0)
    states = torch.rand(4, 65, 16)
    before, after = states[:, :-1], states[:, 1:]
    losses = {}
    for name, module in (("fixed", head()), ("trained", TrainedTarget(head()))):
        optimiser = torch.optim.Adam(module.parameters(), lr=0.02)
        for _ in range(400):
            loss = module(before, after).square().mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        losses[name] = float(loss.detach())
    # States that cannot be foretold: no honest head comes below their variance of 1/12.
    assert losses["fixed"] > 0.05
    assert losses["trained"] < losses["fixed"] / 50
