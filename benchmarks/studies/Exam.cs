using FastAlign.Alignment;
using FastAlign.Models;

namespace FastAlign.Studies;

/// <summary>Held-out pairs and prompts, and what the untrained policy makes of them.</summary>
internal sealed class Exam
{
    private readonly PreferenceExample[] _pairs;
    private readonly double[]? _truth;
    private readonly int[][] _prompts;
    private readonly Func<DecoderModel, IReadOnlyList<Continuation>> _sample;
    private readonly Func<int, IEnumerable<int>, double>? _gold;
    private readonly double[]? _goldBefore;

    /// <param name="pairs">Held-out pairs, the better side chosen.</param>
    /// <param name="truth">True probability that it is preferred; null where unknown.</param>
    /// <param name="prompts">Held-out prompts.</param>
    /// <param name="sample">One sample for each prompt, the same draws for every policy.</param>
    /// <param name="gold">Gold score of a sample by prompt index; null without a gold rule.</param>
    /// <param name="start">The untrained policy.</param>
    public Exam(
        PreferenceExample[] pairs,
        double[]? truth,
        int[][] prompts,
        Func<DecoderModel, IReadOnlyList<Continuation>> sample,
        Func<int, IEnumerable<int>, double>? gold,
        DecoderModel start)
    {
        (_pairs, _truth, _prompts, _sample, _gold) = (pairs, truth, prompts, sample, gold);
        _goldBefore = gold is null ? null : Scores(sample(start));
    }

    /// <summary>Exam of the synthetic world: pairs whose gold scores differ, the better one chosen.</summary>
    public static Exam Of(StoryWorld world, DecoderModel start)
    {
        Story[] decided = [.. world.HeldOut.Where(story => story.Gold[0] != story.Gold[1])];
        return new Exam(
            [.. decided.Select(story => story.Judged(story.Gold[0] > story.Gold[1] ? -1 : 2))],
            [.. decided.Select(story => Math.Max(story.Preference, 1 - story.Preference))],
            [.. world.HeldOut.Select(story => story.Prompt)],
            world.Probe,
            (prompt, ids) => world.Gold(world.HeldOut[prompt].Prompt, ids),
            start);
    }

    /// <summary>Fills in the figures of a trained policy.</summary>
    public Outcome Take(DecoderModel policy, PolicyProbe probe, Outcome outcome)
    {
        double[] ratios = probe.LogRatios(policy, [.. _pairs.SelectMany(pair => new[] { (pair.Prompt, pair.Chosen), (pair.Prompt, pair.Rejected) })]);
        double[] margins = [.. _pairs.Select((_, i) => ratios[2 * i] - ratios[(2 * i) + 1])];
        IReadOnlyList<Continuation> samples = _sample(policy);
        double beta = outcome.Contestant.Beta;
        return outcome with
        {
            Accuracy = Intervals.Share(margins.Count(margin => margin > 0), margins.Length),
            Margin = PolicyProbe.Mean(margins),
            Calibration = _truth is null || double.IsNaN(beta)
                ? Unknown
                : PolicyProbe.Mean([.. margins.Zip(_truth, (margin, truth) => Math.Abs((1 / (1 + Math.Exp(-beta * margin))) - truth))]),
            Kl = PolicyProbe.Mean(probe.LogRatios(policy, [.. samples.Select(one => (_prompts[one.Prompt], one.Ids.ToArray()))])),
            Length = PolicyProbe.Mean([.. samples.Select(one => (double)one.Ids.Count)]),
            Entropy = PolicyProbe.Mean(probe.Entropies(policy, [.. samples.Select(one => (_prompts[one.Prompt], one.Ids.ToArray()))])),
            Win = _goldBefore is null ? Unknown : PolicyProbe.Mean([.. Scores(samples).Zip(_goldBefore, (after, before) => after > before ? 1.0 : after == before ? 0.5 : 0)]),
        };
    }

    private static Estimate Unknown => new(double.NaN, double.NaN, double.NaN, 0);

    private double[] Scores(IReadOnlyList<Continuation> samples) => [.. samples.Select(one => _gold!(one.Prompt, one.Ids))];
}
