using System.Text.Json;
using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.Kernels.Conformance;
using Xunit;

namespace FastAlign.Tests.Losses;

/// <summary>
/// TRL's ULDLoss: which tokens belong together, and logits through the streaming heads (the hidden states are the logits, the output embedding is the
/// identity): in double at the limits of the goldens' README, in float on the host.
/// </summary>
[Trait("Category", Goldens.Category)]
public sealed class UniversalGoldenTests
{
    private const string Alignments = "align/";

    public static IEnumerable<TheoryDataRow<string>> Cases() => Names(static name => !name.StartsWith(Alignments, StringComparison.Ordinal));

    public static IEnumerable<TheoryDataRow<string>> AlignmentCases() => Names(static name => name.StartsWith(Alignments, StringComparison.Ordinal));

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Reference_TrlCase_MatchesTrl(string name)
    {
        (UniversalGolden golden, JsonElement expected) = Read(name);
        using var backend = new ReferenceBackend();

        golden.Evaluate(backend);

        LossAssert.Value(expected.GetProperty("loss").Number(), golden.Loss, "loss");
        LossAssert.Gradients(expected.GetProperty("dstudent_logits").Numbers(), golden.DLogits);
        golden.CheckMetrics(expected);
    }

    /// <summary>
    /// The README's float limit; where a rank changes by rounding the two orders differ by less than the rounding itself, but the sign of a gap of 0 may flip:
    /// gaps of these cases are far larger.
    /// </summary>
    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Host_TrlCase_MatchesTrlInSinglePrecision(string name)
    {
        (UniversalGolden golden, JsonElement expected) = Read(name);
        using var backend = new CpuBackend(1);

        golden.Evaluate(backend);

        double loss = expected.GetProperty("loss").Number();
        Assert.Equal(loss, golden.Loss, 5e-6 * Math.Max(1, Math.Abs(loss)));
        Assert.All(expected.GetProperty("dstudent_logits").Numbers().Zip(golden.DLogits), pair => Assert.Equal(pair.First, pair.Second, 5e-6));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(AlignmentCases))]
    public void ByText_TrlCase_MatchesTrl(string name)
    {
        JsonElement entry = Golden().GetProperty("cases").Named(name);
        JsonElement options = entry.GetProperty("options");
        options.RequireOnly("student_offsets", "teacher_offsets");

        TokenGroup[] groups = TokenAlignment.ByText(Ends(options.GetProperty("student_offsets")), Ends(options.GetProperty("teacher_offsets")));

        // TRL drops a stretch that one side has nothing of after aligning, before comparing.
        JsonElement expected = entry.GetProperty("expected");
        (int[] Student, int[] Teacher)[] pairs = [.. Stretches(expected.GetProperty("student_groups")).Zip(Stretches(expected.GetProperty("teacher_groups")))
            .Where(pair => pair.First.Length > 0 && pair.Second.Length > 0)];
        Assert.Equal(pairs.Select(pair => pair.Student), groups.Select(group => Enumerable.Range(group.Student, group.StudentCount).ToArray()));
        Assert.Equal(pairs.Select(pair => pair.Teacher), groups.Select(group => Enumerable.Range(group.Teacher, group.TeacherCount).ToArray()));
    }

    private static IEnumerable<TheoryDataRow<string>> Names(Func<string, bool> isWanted) => !File.Exists(Goldens.Path("losses", "uld.json")) ? [] :
        Golden().GetProperty("cases").EnumerateArray().Select(entry => entry.GetProperty("name").GetString()!).Where(isWanted).Select(name => new TheoryDataRow<string>(name));

    private static (UniversalGolden Golden, JsonElement Expected) Read(string name)
    {
        JsonElement golden = Golden();
        JsonElement entry = golden.GetProperty("cases").Named(name);
        JsonElement batch = golden.GetProperty("batches").GetProperty(entry.GetProperty("batch").GetString()!);
        return (new UniversalGolden(batch, entry.GetProperty("options")), entry.GetProperty("expected"));
    }

    private static JsonElement Golden() => GoldenJson.Load("losses", "uld.json");

    private static int[] Ends(JsonElement offsets) => [.. offsets.EnumerateArray().Select(offset => offset[1].GetInt32())];

    private static IEnumerable<int[]> Stretches(JsonElement groups) => groups.EnumerateArray().Select(group => group.Numbers().Select(x => (int)x).ToArray());
}
