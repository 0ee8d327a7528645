using System.Globalization;
using System.Text;
using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.IO.Checkpoints;
using FastAlign.Models;

namespace FastAlign.Studies;

/// <summary>What became of a reward model on held-out pairs.</summary>
/// <param name="Name">Loss and what is particular to it.</param>
/// <param name="Accuracy">Share of pairs whose better side has the higher score.</param>
/// <param name="CalibrationError">Expected calibration error of <c>sigmoid(margin)</c>.</param>
/// <param name="LengthCorrelation">Pearson's correlation of scores with tokens; NaN where all are of one length.</param>
internal sealed record RewardOutcome(string Name, Estimate Accuracy, Estimate CalibrationError, Estimate LengthCorrelation);

/// <summary>Reward models of the same trunk by every loss that pairs can train, with the same steps, rate and data.</summary>
internal sealed class RewardStudy(string modelFolder, int maxLength, TrainingOptions training) : IDisposable
{
    private const ulong IntervalSeed = 0;
    private const int Members = 4;

    private readonly CpuBackend _backend = new(0);

    /// <summary>Trains and measures all of them.</summary>
    /// <param name="train">Judged pairs.</param>
    /// <param name="heldOut">Pairs to measure by, the better side chosen.</param>
    public IReadOnlyList<RewardOutcome> RunAll(IReadOnlyList<PreferenceExample> train, IReadOnlyList<PreferenceExample> heldOut) =>
    [
        Run("bradley_terry", "bradley_terry", new RewardOptions(), Pairs(train), heldOut),
        Run("bradley_terry, centred 0.01", "bradley_terry", new RewardOptions { Centering = 0.01 }, Pairs(train), heldOut),
        Run($"bradley_terry, ensemble of {Members}, mean", "bradley_terry", new RewardOptions { Members = Members }, Pairs(train), heldOut),
        Run("binary", "binary", new RewardOptions(), Singles(train), heldOut),
        Run("plackett_luce of two", "plackett_luce", new RewardOptions(), Pairs(train), heldOut),
    ];

    public static string Table(IEnumerable<RewardOutcome> outcomes)
    {
        var text = new StringBuilder("| reward model | accuracy | calibration error | correlation with length |\n|---|---|---|---|\n");
        foreach (RewardOutcome outcome in outcomes.OrderByDescending(one => one.Accuracy.Mean))
        {
            text.Append(CultureInfo.InvariantCulture, $"| {outcome.Name} | {Cell(outcome.Accuracy)} | {Cell(outcome.CalibrationError)} | {Cell(outcome.LengthCorrelation)} |\n");
        }

        return text.ToString();
    }

    public void Dispose() => _backend.Dispose();

    private RewardOutcome Run(string name, string loss, RewardOptions options, JudgedExample[] train, IReadOnlyList<PreferenceExample> heldOut)
    {
        using LoadedModel model = NewScoreHead.Attach(HfCheckpoint.Load(modelFolder, _backend), options.Members, ScoreHeadKind.SequenceClassification, training.Seed);
        var data = new JudgedData(train) { Members = options.Members > 1 ? options.Members : 0, Seed = training.Seed };
        JudgedExample[] exam = Pairs(heldOut);
        var task = new TrainingTask(data, RewardLosses.Create(loss, options));
        ILoss pairs = RewardLosses.Create("bradley_terry", new RewardOptions());
        var eval = new TrainingTask(new JudgedData(exam), options.Members > 1 ? new EnsembleScore(pairs, options.Members, EnsembleRule.Mean) : pairs);
        using var trainer = new Trainer(model.Spec, model.Parameters, maxLength, task, eval, training);
        while (trainer.State.Step < trainer.TotalSteps)
        {
            trainer.Step();
        }

        List<double> scores = [];
        Evaluator.Evaluate(trainer.Pass, eval, training.BatchSize, new MetricAccumulator(MetricAveraging.Items), (_, batch, pass) =>
        {
            for (int s = 0; s < batch.SequenceCount; s++)
            {
                scores.Add(EnsembleReward.Mean(pass.Scores.Slice(s * options.Members, options.Members)));
            }
        });
        double[] tokens = [.. exam.SelectMany(pair => pair.Completions).Select(completion => (double)completion.Length)];
        double[] margins = [.. Enumerable.Range(0, exam.Length).Select(i => scores[2 * i] - scores[(2 * i) + 1])];
        return new RewardOutcome(
            name,
            Intervals.Share(margins.Count(margin => margin > 0), margins.Length),
            Intervals.Bootstrap(exam.Length, drawn => Calibration.PairError(Array.ConvertAll(drawn, i => margins[i])), IntervalSeed),
            Intervals.Bootstrap(exam.Length, drawn => Correlation.Pearson([.. Both(drawn).Select(i => scores[i])], [.. Both(drawn).Select(i => tokens[i])]), IntervalSeed));
    }

    /// <summary>Both sequences of each pair.</summary>
    private static IEnumerable<int> Both(int[] pairs) => pairs.SelectMany(pair => new[] { 2 * pair, (2 * pair) + 1 });

    private static JudgedExample[] Pairs(IReadOnlyList<PreferenceExample> pairs) => [.. pairs.Where(pair => pair.RejectedPrompt is null).Select(pair =>
        new JudgedExample(pair.Row, pair.Prompt, [pair.Chosen, pair.Rejected], [pair.Chosen.Length - 1, pair.Rejected.Length - 1]))];

    private static JudgedExample[] Singles(IReadOnlyList<PreferenceExample> pairs) => [.. Pairs(pairs).SelectMany(pair => new[]
    {
        pair with { Completions = [pair.Completions[0]], Scored = [pair.Scored[0]], Labels = [1] },
        pair with { Completions = [pair.Completions[1]], Scored = [pair.Scored[1]], Labels = [0] },
    })];

    private static string Cell(Estimate e) => double.IsNaN(e.Mean) ? "–" : string.Create(CultureInfo.InvariantCulture, $"{e.Mean:F3} [{e.Low:F3}, {e.High:F3}]");
}
