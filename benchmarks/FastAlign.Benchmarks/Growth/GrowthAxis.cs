using FastAlign.Models;
using FastAlign.Workloads;

namespace FastAlign.Benchmarks;

/// <summary>One quantity that grows while all others stay.</summary>
/// <param name="Name">Of the quantity.</param>
/// <param name="Steps">Its values, each with the DPO step at it.</param>
internal sealed record GrowthAxis(string Name, IReadOnlyList<(double Value, WorkloadPlan Plan)> Steps)
{
    private const int HeadWidth = 64;
    private const int Layers = 4;
    private const int Hidden = 256;
    private const int Vocab = 4096;
    private const int Pairs = 2;
    private const int Tokens = 64;

    public static IReadOnlyList<GrowthAxis> All { get; } =
    [
        Of("parameters", [128, 256, 384, 512, 768], static hidden => Step(hidden, Vocab, Pairs, Tokens), static hidden => Parameters(Spec(hidden, Vocab))),
        Of("tokens per sequence", [64, 128, 256, 512, 1024], static length => Step(Hidden, Vocab, Pairs, length / 2), static length => length),
        Of("pairs", [1, 2, 4, 8, 16], static pairs => Step(Hidden, Vocab, pairs, Tokens), static pairs => pairs),
        Of("vocabulary", [2048, 4096, 8192, 16384, 32768, 65536], static vocab => Step(Hidden, vocab, Pairs, Tokens), static vocab => vocab),
    ];

    private static GrowthAxis Of(string name, int[] settings, Func<int, WorkloadPlan> step, Func<int, double> value) => new(name, [.. settings.Select(setting => (value(setting), step(setting)))]);

    private static WorkloadPlan Step(int hidden, int vocab, int pairs, int tokens) => WorkloadPlans.Dpo($"hidden-{hidden}-vocab-{vocab}", Spec(hidden, vocab), new StepSize(pairs, tokens, tokens));

    private static DecoderSpec Spec(int hidden, int vocab) => ModelShapes.Llama(Layers, hidden, (hidden / HeadWidth, hidden / HeadWidth, HeadWidth), 3 * hidden, vocab);

    private static double Parameters(DecoderSpec spec) => DecoderParameters.Of(spec).Sum(static parameter => (double)parameter.Shape.Length);
}
