using System.Text.Json;
using FastAlign.Core;
using FastAlign.Kernels.Conformance;

namespace FastAlign.Cli.Commands;

/// <summary>Tables and JSON of the kernels command.</summary>
internal static class KernelsReport
{
    public static void List(TextWriter to, IReadOnlyList<KernelCase> cases, bool isJson)
    {
        if (isJson)
        {
            JsonOutput.Write(to, json =>
            {
                json.WriteStartArray("cases");
                foreach (KernelCase kernel in cases)
                {
                    json.WriteStartObject();
                    json.WriteString("name", kernel.Name);
                    json.WriteString("op", kernel.Op);
                    json.WriteString("operands", Operands(kernel));
                    json.WriteNumber("flops", kernel.ForwardFlops + kernel.BackwardFlops);
                    json.WriteNumber("bytes", Bytes(kernel));
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            });
            return;
        }

        to.WriteLine($"{"case",-44}{"FLOPs",12}{"bytes",12}  operands (+ padding between rows)");
        foreach (KernelCase kernel in cases)
        {
            to.WriteLine($"{kernel.Name,-44}{kernel.ForwardFlops + kernel.BackwardFlops,12}{Bytes(kernel),12}  {Operands(kernel)}");
        }
    }

    public static void Verification(TextWriter to, Backend backend, IReadOnlyList<CaseResult> rows, bool isJson)
    {
        int passed = rows.Count(static row => row.IsPassed);
        int skipped = rows.Count(static row => !row.IsSupported);
        int failed = rows.Count - passed - skipped;
        if (isJson)
        {
            JsonOutput.Write(to, json => VerificationJson(json, backend, rows, passed, failed, skipped));
            return;
        }

        to.WriteLine($"{backend.Name}: errors as shares of their bounds; above 1 fails");
        to.WriteLine($"{"case",-44}{"forward",9}{"backward",9}{"gradient",9}  {"adds",-5}{"same",-5}result");
        foreach (CaseResult row in rows)
        {
            string result = !row.IsSupported ? "skipped: not supported" : row.IsPassed ? "ok" : $"FAILED {row.Failure}";
            to.WriteLine($"{row.Name,-44}{row.ForwardError,9:f3}{row.BackwardError,9:f3}{row.GradientError,9:f3}  {Yes(row.Accumulates),-5}{Yes(row.IsDeterministic),-5}{result}");
        }

        to.WriteLine();
        to.WriteLine("support");
        foreach (IGrouping<string, CaseResult> op in rows.GroupBy(static row => row.Op))
        {
            string state = op.All(static row => row.IsPassed) ? "yes" : op.Any(static row => row is { IsSupported: true, IsPassed: false }) ? "FAILS" : "no";
            to.WriteLine($"  {op.Key,-28}{state,-6}{op.Count(static row => row.IsPassed)} of {op.Count()}");
        }

        to.WriteLine($"{passed} passed, {failed} failed, {skipped} skipped");
    }

    private static void VerificationJson(Utf8JsonWriter json, Backend backend, IReadOnlyList<CaseResult> rows, int passed, int failed, int skipped)
    {
        json.WriteString("device", backend.Name);
        json.WriteString("numerics", backend.NumericsId);
        json.WriteNumber("passed", passed);
        json.WriteNumber("failed", failed);
        json.WriteNumber("skipped", skipped);
        json.WriteStartArray("cases");
        foreach (CaseResult row in rows)
        {
            json.WriteStartObject();
            json.WriteString("name", row.Name);
            json.WriteString("op", row.Op);
            json.WriteString("result", !row.IsSupported ? "skipped" : row.IsPassed ? "passed" : "failed");
            Number(json, "forwardError", row.ForwardError);
            Number(json, "backwardError", row.BackwardError);
            Number(json, "gradientError", row.GradientError);
            json.WriteBoolean("accumulates", row.Accumulates);
            json.WriteBoolean("deterministic", row.IsDeterministic);
            json.WriteString("failure", row.Failure);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>JSON has no infinity: a failed comparison without a bound is null.</summary>
    private static void Number(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static double Bytes(KernelCase kernel) =>
        kernel.WorkOf(CasePhase.Forward).Bytes + (kernel.HasBackward ? kernel.WorkOf(CasePhase.Backward).Bytes : 0);

    private static string Operands(KernelCase kernel) => string.Join(" ", kernel.Operands);

    private static string Yes(bool isTrue) => isTrue ? "yes" : "NO";
}
