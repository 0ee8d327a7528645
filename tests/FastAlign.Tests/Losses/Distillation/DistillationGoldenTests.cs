using System.Text.Json;
using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.Kernels.Conformance;
using Xunit;

namespace FastAlign.Tests.Losses;

/// <summary>
/// TRL's distillation losses, logits through the streaming heads: in double on the reference backend at the limits of the goldens' README, in float on the
/// host at the limits below.
/// </summary>
[Trait("Category", Goldens.Category)]
public sealed class DistillationGoldenTests
{
    public static IEnumerable<TheoryDataRow<string, string>> Cases() => ((string[])["gkd", "distillation", "self_distillation", "iw_opd", "minillm"])
        .Where(static family => File.Exists(Goldens.Path("losses", $"{family}.json")))
        .SelectMany(static family => Golden(family).GetProperty("cases").EnumerateArray()
            .Select(entry => entry.GetProperty("name").GetString()!)
            .Where(static name => !name.StartsWith("advantage/", StringComparison.Ordinal))
            .Select(name => new TheoryDataRow<string, string>(family, name)));

    public static IEnumerable<TheoryDataRow<string>> Advantages() => !File.Exists(Goldens.Path("losses", "minillm.json")) ? [] :
        Golden("minillm").GetProperty("cases").EnumerateArray()
            .Select(entry => entry.GetProperty("name").GetString()!)
            .Where(static name => name.StartsWith("advantage/", StringComparison.Ordinal))
            .Select(name => new TheoryDataRow<string>(name));

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Reference_TrlCase_MatchesTrl(string family, string name)
    {
        DistillationGolden golden = DistillationGolden.Read(family, Golden(family), name);
        using var backend = new ReferenceBackend();

        (double loss, double[] gradient, MetricAccumulator metrics) = golden.Evaluate(backend);

        LossAssert.Value(golden.Expected.GetProperty("loss").Number(), loss, "loss");
        LossAssert.Gradients(golden.Expected.GetProperty("dstudent_logits").Numbers(), gradient);
        golden.CheckMetrics(metrics);
    }

    /// <summary>
    /// The README's float limit, and for gradients what sharp logits add: with Z the largest of them, a log-prob rounds by 2 u Z, hence a probability errs
    /// relatively by 4 u Z, and the largest factor of one, s - t - D, is 4 Z; each row weighs 1/R.
    /// </summary>
    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Host_TrlCase_MatchesTrlInSinglePrecision(string family, string name)
    {
        DistillationGolden golden = DistillationGolden.Read(family, Golden(family), name);
        using var backend = new CpuBackend(1);
        double[] expected = golden.Expected.GetProperty("dstudent_logits").Numbers();
        double value = golden.Expected.GetProperty("loss").Number();

        (double loss, double[] gradient, _) = golden.Evaluate(backend);

        Assert.Equal(value, loss, 5e-6 * Math.Max(1, Math.Abs(value)));
        double z = golden.Batch.Student.Concat(golden.Batch.Teacher).Max(Math.Abs);
        double sharp = 16 * CaseVerifier.SingleRoundoff * z * z / Math.Max(1, golden.Batch.Scored.Length);
        double limit = (5e-6 * Math.Max(1, expected.Max(Math.Abs))) + sharp;
        Assert.All(expected.Zip(gradient), pair => Assert.Equal(pair.First, pair.Second, limit));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Advantages))]
    public void ReverseKlAdvantage_TrlCase_MatchesTrl(string name)
    {
        JsonElement golden = Golden("minillm");
        JsonElement entry = golden.GetProperty("cases").Named(name);
        JsonElement options = entry.GetProperty("options");
        JsonElement batch = golden.GetProperty("batches").GetProperty(entry.GetProperty("batch").GetString()!);
        options.RequireOnly("gamma", "length_normalization", "padded_width");
        var advantage = new ReverseKlAdvantage(options.GetProperty("gamma").Number(), options.GetProperty("length_normalization").GetBoolean());

        foreach ((JsonElement student, JsonElement teacher, JsonElement expected) in batch.GetProperty("student_logp").EnumerateArray()
            .Zip(batch.GetProperty("teacher_logp").EnumerateArray(), entry.GetProperty("expected").GetProperty("advantages").EnumerateArray()))
        {
            double[] values = new double[student.GetArrayLength()];
            advantage.Compute(teacher.Numbers(), student.Numbers(), options.GetProperty("padded_width").GetInt32(), values, new double[values.Length]);
            LossAssert.Gradients(expected.Numbers(), values);
        }
    }

    private static JsonElement Golden(string family) => GoldenJson.Load("losses", $"{family}.json");
}
