using FastAlign.Alignment;
using Xunit;

namespace FastAlign.Tests.Losses;

/// <summary>What holds for every loss there is; a new one without a value at step 0 fails here.</summary>
public sealed class CataloguePropertyTests
{
    private const double LnTwo = 0.69314718055994530942;

    /// <summary>Values on uniform rows, see <see cref="CatalogueCase"/>, with default options (dpo: label_smoothing 0.1).</summary>
    private static readonly Dictionary<string, double> StepZero = new()
    {
        ["sft/nll"] = 1,
        ["sft/dft"] = Math.Exp(-1),

        // beta 0.1
        ["dpo/sigmoid"] = LnTwo,
        ["dpo/hinge"] = 1,
        ["dpo/ipo"] = 25,
        ["dpo/exo_pair"] = -LnTwo - ((Math.Log(0.9) + Math.Log(0.1)) / 2),
        ["dpo/nca_pair"] = 2 * LnTwo,
        ["dpo/robust"] = LnTwo,
        ["dpo/bco_pair"] = 2 * LnTwo,
        ["dpo/sppo_hard"] = 50,
        ["dpo/aot"] = LnTwo,
        ["dpo/aot_unpaired"] = LnTwo,
        ["dpo/apo_zero"] = 1,
        ["dpo/apo_down"] = 1,
        ["dpo/discopop"] = (LnTwo + 1) / 2,
        ["dpo/sft"] = 1,
        ["dpo/sigmoid_norm"] = LnTwo,
        ["dpo/mmpo"] = LnTwo,
        ["dpo/cpl"] = LnTwo,
        ["dpo/sr_dpo"] = LnTwo,
        ["dpo/sr_ipo"] = 25,
        ["dpo/rebel"] = 0,
        ["dpo/inpo"] = 25,
        ["dpo/onpo"] = 25,
        ["dpo/egpo"] = 0,
        ["dpo/dno"] = LnTwo,

        // Without a reference: both sides have log-prob -3, mean -1; a likelihood of 1 nat a token beside.
        ["cpo/sigmoid"] = LnTwo + 1,
        ["cpo/hinge"] = 1 + 1,
        ["cpo/ipo"] = 25 + 1,
        ["cpo/simpo"] = Math.Log(1 + Math.Exp(0.5)) + 1,
        ["cpo/slic"] = 1 + 3,
        ["cpo/cpl"] = Math.Log(1 + Math.Exp(0.1 * 3 * (1 - 0.5))),
        ["orpo/orpo"] = 1 + (0.1 * LnTwo),
        ["tpo/sigmoid"] = LnTwo + 1,
        ["tpo/hinge"] = 1 + 1,
        ["tpo/ipo"] = 2500 + 1,
        ["tpo/tpo-l"] = Math.Log(1 + Math.Exp(0.5)) + 1,
        ["/online_dpo"] = LnTwo,
        ["/xpo"] = LnTwo + (0.5 * -3),
        ["/nash_md"] = -(0.75 - 0.5) * -3,
        ["/a2po"] = ((0.75 * 0.75) + (1.25 * 1.25)) / 2,

        // Three completions of labels 1, 1/2, 0: three ordered pairs.
        ["lipo/lambda"] = LnTwo * LambdaWeights(),
        ["lipo/logistic"] = 3 * LnTwo,
        ["lipo/hinge"] = 3,
        ["lipo/list_mle"] = Math.Log(6),
        ["lipo/softmax"] = Math.Log(3),
        ["lipo/mse"] = 1.25,
        ["lipo/sigmoid"] = 3 * LnTwo,

        // Rewards 1 and -1, V = 1/2.
        ["kto/kto"] = 0.5,
        ["kto/apo_zero_unpaired"] = 0.5,
        ["kto/feedback"] = 0,
        ["kto/nft"] = 0,
        ["bco/bco"] = LnTwo,
        ["dro/dro"] = ((0.5 * 0.5) + (1.5 * 1.5)) / 2 / 2,

        ["reward/bradley_terry"] = LnTwo,
        ["reward/plackett_luce"] = Math.Log(6),
        ["reward/binary"] = LnTwo,
        ["reward/cost"] = 3 * LnTwo,
        ["reward/odin"] = LnTwo + 1,
        ["reward/goal_contrast"] = LnTwo + (0.5 * 2 * LnTwo),
        ["prm/prm"] = LnTwo,

        // Advantages 2 and -1: mean 1/2, and ratios of 1.
        ["offline-grpo/ppo"] = -0.5,
        ["offline-grpo/grpo"] = -0.5,
        ["offline-grpo/bnpo"] = -0.5,
        ["offline-grpo/dr_grpo"] = -0.5 * CatalogueCase.Tokens / 256,
        ["offline-grpo/dapo"] = -0.5,
        ["offline-grpo/luspo"] = -0.5 * CatalogueCase.Tokens,
        ["offline-grpo/async_grpo"] = -0.5,
        ["offline-grpo/gspo"] = -0.5,
        ["offline-grpo/gspo_token"] = -0.5,
        ["offline-grpo/gmpo"] = -0.5,
        ["offline-grpo/rloo"] = -0.5,
        ["offline-grpo/cispo"] = 0.2 * 0.5,
        ["offline-grpo/sapo"] = ((-2 * 2) + (2 / 1.05)) / 2,
        ["offline-grpo/vespo"] = 0.5,
        ["offline-grpo/gpg"] = 0.5,
        ["offline-grpo/clip_cov"] = -0.5,
        ["offline-grpo/kl_cov"] = -0.5,

        ["distill/gkd"] = CatalogueCase.Divergence,
        ["distill/self_distillation"] = CatalogueCase.Divergence,
        ["distill/sampled_token"] = 0,
        ["distill/iw_opd"] = 0,
        ["distill/minillm"] = CatalogueCase.Divergence,
        ["distill/uld"] = CatalogueCase.Divergence,
    };

    public static TheoryData<string> Names() => [.. CatalogueCase.Names];

    public static TheoryData<string> Uncoupled() => [.. CatalogueCase.Names.Where(name => !new CatalogueCase(name).Loss.IsCoupled)];

    [Theory, MemberData(nameof(Names))]
    public void Evaluate_StepZero_IsTheClosedForm(string name)
    {
        Assert.True(StepZero.TryGetValue(name, out double expected), $"{name} is in the catalogue: say here what it is at step 0");
        var loss = new CatalogueCase(name);

        (double value, double[] gradient, _) = loss.Evaluate(0, 2, 2, spread: 0);

        // A dozen sums and functions, each within a few ulp.
        Assert.Equal(expected, value, 1e-14 * Math.Max(1, Math.Abs(expected)));
        Assert.All(gradient, slope => Assert.True(double.IsFinite(slope)));
    }

    [Fact]
    public void StepZero_NamesOnlyWhatIsInTheCatalogue() => Assert.Empty(StepZero.Keys.Except(CatalogueCase.Names));

    /// <summary>Losses that are not one sum over examples say that they are coupled, and the trainer shows them the whole step.</summary>
    [Theory, MemberData(nameof(Uncoupled))]
    public void Evaluate_AnySplitIntoMicroBatches_AddsUpToTheWhole(string name)
    {
        const int Examples = 4;
        var loss = new CatalogueCase(name);
        (double whole, double[] gradient, double[] dDivergence) = loss.Evaluate(0, Examples, Examples, spread: 0.6);
        for (int split = 1; split < Examples; split++)
        {
            (double first, double[] dFirst, double[] tFirst) = loss.Evaluate(0, split, Examples, spread: 0.6);
            (double rest, double[] dRest, double[] tRest) = loss.Evaluate(split, Examples - split, Examples, spread: 0.6);

            // Sums of the same terms in another order.
            Assert.Equal(whole, first + rest, 1e-14 * Math.Max(1, Math.Abs(whole)));
            Assert.Equal(gradient, dFirst.Concat(dRest));
            Assert.Equal(dDivergence, tFirst.Concat(tRest));
        }
    }

    private static double LambdaWeights()
    {
        double[] gain = [1, Math.Sqrt(2) - 1, 0];
        double[] discount = [1 / Math.Log(2), 1 / Math.Log(3), 1 / Math.Log(4)];
        return ((gain[0] - gain[1]) * (discount[0] - discount[1])) + (gain[0] * (discount[0] - discount[2])) + (gain[1] * (discount[1] - discount[2]));
    }
}
