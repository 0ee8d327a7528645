namespace FastAlign.Kernels.Device;

/// <summary>
/// What every kernel compiles to, one line each: key, target, hash, and for PTX registers and shared bytes. Kept in the repository, so that the diff of a change
/// shows whose device code it changed, and a refactoring proves that it changed none.
/// </summary>
public static class CodeManifest
{
    private const string Heading = """
        # Device code of every kernel: method, target, hash of the code, live registers, shared bytes.
        # Written by: fastalign kernels emit --manifest kernels/device-code.txt
        """;

    private static readonly StringComparer Order = StringComparer.Ordinal;

    /// <summary>The manifest's text: a heading, then lines in ordinal order.</summary>
    public static string Text(IEnumerable<EmittedKernel> kernels) => $"{Heading}\n{string.Concat(Lines(kernels).Select(static line => $"{line}\n"))}";

    /// <summary>Lines that only one of two manifests has: <c>-</c> the old one, <c>+</c> the new one.</summary>
    public static IEnumerable<string> Differences(string old, string fresh)
    {
        string[] before = old.Split('\n');
        string[] after = fresh.Split('\n');
        return before.Except(after).Select(static line => $"- {line}").Concat(after.Except(before).Select(static line => $"+ {line}"));
    }

    private static IEnumerable<string> Lines(IEnumerable<EmittedKernel> kernels) => kernels.Select(Line).Order(Order);

    private static string Line(EmittedKernel emitted)
    {
        string line = $"{emitted.Key} {emitted.Target} {emitted.Hash}";
        if (!emitted.Target.IsPtx)
        {
            return line;
        }

        PtxBudget budget = PtxBudget.Of(emitted.Code);
        return $"{line} {budget.Registers} {budget.SharedBytes}";
    }
}
