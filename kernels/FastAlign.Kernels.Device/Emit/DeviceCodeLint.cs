using System.Globalization;
using System.Text.RegularExpressions;

namespace FastAlign.Kernels.Device;

/// <summary>What emitted code may not contain, and how much of a multiprocessor it may take.</summary>
public static partial class DeviceCodeLint
{
    private static readonly (Regex Pattern, string Reason)[] PtxRules =
    [
        (Extern(), "an external function that nothing defines"),
        (PtxDouble(), "double arithmetic"),
        (PtxFloatAtomic(), "a float atomic: its order is not fixed"),
        (PtxGenericAccess(), "an access without a state space"),
    ];

    private static readonly (Regex Pattern, string Reason)[] OpenCLRules =
    [
        (Extern(), "an external function that nothing defines"),
        (OpenCLDouble(), "double arithmetic"),
        (OpenCLAtomic(), "an atomic on a float: its order is not fixed"),
        (GroupFunction(), "a group or sub-group function, which OpenCL 1.2 does not have"),
        (UnqualifiedPointer(), "a pointer without an address space"),
        (GlobalFence(), "a barrier that does not order shared memory"),
    ];

    /// <summary>Each violation with the line that holds it; none for clean code.</summary>
    public static IEnumerable<string> Violations(EmittedKernel emitted)
    {
        IEnumerable<string> found =
            from rule in emitted.Target.IsPtx ? PtxRules : OpenCLRules
            from Match match in rule.Pattern.Matches(emitted.Code)
            select $"line {emitted.Code.AsSpan(0, match.Index).Count('\n') + 1}: '{match.Value.Trim()}': {rule.Reason}";
        return found.Concat(emitted.Target.IsPtx ? Budget(emitted.Kernel, PtxBudget.Of(emitted.Code)) : Shared(emitted.Kernel, OpenCLSharedBytes(emitted.Code)));
    }

    private static IEnumerable<string> Budget(KernelInfo kernel, PtxBudget budget)
    {
        int perThread = Math.Min(PtxBudget.MaxRegisters, PtxBudget.RegisterFile / kernel.GroupSize);
        if (budget.Registers > perThread)
        {
            yield return $"{budget.Registers} registers are live at once; groups of {kernel.GroupSize} threads leave {perThread} to each";
        }

        if (budget.LocalBytes != kernel.LocalBytes)
        {
            yield return $"{budget.LocalBytes} bytes of a thread lie in local memory, not in registers; the catalogue says {kernel.LocalBytes}";
        }

        foreach (string violation in Shared(kernel, budget.SharedBytes))
        {
            yield return violation;
        }
    }

    private static IEnumerable<string> Shared(KernelInfo kernel, int bytes)
    {
        if (bytes != kernel.SharedBytes)
        {
            yield return $"{bytes} bytes of shared memory; the catalogue says {kernel.SharedBytes}";
        }
    }

    private static int OpenCLSharedBytes(string code) => OpenCLShared().Matches(code)
        .Sum(match => int.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture) * OpenCLSize(code, match.Groups["type"].Value));

    /// <summary>Bytes of a type; a structure's fields lie at multiples of their own size, and it ends at one of the largest.</summary>
    private static int OpenCLSize(string code, string type)
    {
        switch (type)
        {
            case "char" or "uchar":
                return sizeof(byte);
            case "short" or "ushort" or "half":
                return sizeof(short);
            case "int" or "uint" or "float":
                return sizeof(int);
            case "long" or "ulong":
                return sizeof(long);
        }

        int end = 0;
        int largest = 1;
        foreach (Match field in StructureField().Matches(Regex.Match(code, $@"\b{type}\s*\{{([^}}]*)\}};").Value))
        {
            int size = OpenCLSize(code, field.Groups["type"].Value);
            end = ((end + size - 1) / size * size) + size;
            largest = Math.Max(largest, size);
        }

        return (end + largest - 1) / largest * largest;
    }

    [GeneratedRegex(@"\bextern\b.*")]
    private static partial Regex Extern();

    [GeneratedRegex(@".*\.f64\b.*")]
    private static partial Regex PtxDouble();

    [GeneratedRegex(@"\b(?:atom|red)\.\S*\.b?f(?:16|32|64)\S*")]
    private static partial Regex PtxFloatAtomic();

    [GeneratedRegex(@"\b(?:ld|st)\.(?!param\b|global\b|shared\b|local\b|const\b|volatile\.(?:global|shared)\b)\S*")]
    private static partial Regex PtxGenericAccess();

    [GeneratedRegex(@"\bdouble\b.*")]
    private static partial Regex OpenCLDouble();

    [GeneratedRegex(@"\batomic_\w+\s*\(.*float.*|\batomic_float\b.*")]
    private static partial Regex OpenCLAtomic();

    [GeneratedRegex(@"\b(?:work_group_(?:reduce|scan|broadcast|all|any)|sub_group_)\w*")]
    private static partial Regex GroupFunction();

    [GeneratedRegex(@"(?<!\b(?:global|local|private|constant)\s+)\b(?:void|bool|u?char|u?short|u?int|u?long|half|float|struct \w+)\s*\*(?=\s*(?:\w+\s*[;,)=]|\)))")]
    private static partial Regex UnqualifiedPointer();

    [GeneratedRegex(@"\bbarrier\s*\(\s*CLK_GLOBAL_MEM_FENCE\s*\)")]
    private static partial Regex GlobalFence();

    [GeneratedRegex(@"\blocal\s+(?<type>(?:struct\s+)?\w+)\s+\w+\[(?<count>\d+)\]")]
    private static partial Regex OpenCLShared();

    [GeneratedRegex(@"^\s*(?<type>(?:struct\s+)?\w+)\s+\w+;", RegexOptions.Multiline)]
    private static partial Regex StructureField();
}
