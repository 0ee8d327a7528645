using System.Collections;
using System.Globalization;
using System.Text.RegularExpressions;

namespace FastAlign.Kernels.Device;

/// <summary>What a kernel asks of a multiprocessor, read from its PTX.</summary>
/// <param name="Registers">
/// Largest number of 32-bit registers that hold live values at one place; a 64-bit value takes two, predicates have registers of their own. PTX names as many
/// registers as it likes, so this is what the assembler cannot do without in the given order of instructions: it may reorder, and spill above 255.
/// </param>
/// <param name="SharedBytes">Shared memory of a group.</param>
/// <param name="LocalBytes">Memory of a thread that is not registers: arrays, and variables whose address is taken.</param>
public sealed partial record PtxBudget(int Registers, int SharedBytes, int LocalBytes)
{
    /// <summary>Registers that an instruction can name on every NVIDIA architecture since 3.5.</summary>
    public const int MaxRegisters = 255;

    /// <summary>32-bit registers of a multiprocessor, from which every thread of a group takes its share.</summary>
    public const int RegisterFile = 65536;

    public static PtxBudget Of(string ptx) => new(MostLive(Instructions(ptx)), Bytes(ptx, "shared"), Bytes(ptx, "local"));

    private static int Bytes(string ptx, string space) =>
        Variable().Matches(ptx).Where(match => match.Groups["space"].Value == space).Sum(static match => int.Parse(match.Groups["bytes"].Value, CultureInfo.InvariantCulture));

    /// <summary>Backward data flow to its fixed point: live before an instruction is what it reads and what is live after, less what it surely writes.</summary>
    private static int MostLive(List<Instruction> code)
    {
        var numbers = new Dictionary<string, int>();
        foreach (string register in code.SelectMany(static step => step.Reads.Concat(step.Writes)))
        {
            numbers.TryAdd(register, numbers.Count);
        }

        int[] sizes = new int[numbers.Count];
        foreach ((string register, int number) in numbers)
        {
            sizes[number] = Size(register);
        }

        Dictionary<string, int> labels = code.Select(static (step, at) => (step.Label, at)).Where(static pair => pair.Label is not null).ToDictionary(static pair => pair.Label!, static pair => pair.at);
        BitArray[] live = [.. code.Select(_ => new BitArray(sizes.Length)), new BitArray(sizes.Length)];
        bool isChanged = true;
        while (isChanged)
        {
            isChanged = false;
            for (int at = code.Count - 1; at >= 0; at--)
            {
                BitArray before = After(code, labels, live, at);
                Array.ForEach(code[at].IsConditional ? [] : code[at].Writes, register => before[numbers[register]] = false);
                Array.ForEach(code[at].Reads, register => before[numbers[register]] = true);
                if (!Equal(before, live[at]))
                {
                    live[at] = before;
                    isChanged = true;
                }
            }
        }

        return live.Max(set => Sum(set, sizes));
    }

    private static BitArray After(List<Instruction> code, Dictionary<string, int> labels, BitArray[] live, int at)
    {
        Instruction step = code[at];
        var after = new BitArray(live[at].Length);
        if (!step.IsEnd)
        {
            after.Or(live[at + 1]);
        }

        if (step.Target is not null)
        {
            after.Or(live[labels[step.Target]]);
        }

        return after;
    }

    private static bool Equal(BitArray a, BitArray b) => !new BitArray(a).Xor(b).HasAnySet();

    private static int Sum(BitArray set, int[] sizes)
    {
        int sum = 0;
        for (int i = 0; i < sizes.Length; i++)
        {
            sum += set[i] ? sizes[i] : 0;
        }

        return sum;
    }

    private static int Size(string register) => register.AsSpan(1) switch
    {
        ['p', ..] => 0,
        ['r', 'd', ..] or ['f', 'd', ..] => 2,
        _ => 1,
    };

    private static List<Instruction> Instructions(string ptx)
    {
        var code = new List<Instruction>();
        string? label = null;
        foreach (string line in ptx[ptx.IndexOf('{', StringComparison.Ordinal)..].Split('\n').Select(static line => line.Trim()))
        {
            if (line.EndsWith(':'))
            {
                // Two labels in a row stand for one place: the first gets an instruction that does nothing.
                if (label is not null)
                {
                    code.Add(new Instruction(label, [], [], null, false, false));
                }

                label = line[..^1];
            }
            else if (line.EndsWith(';') && !line.StartsWith('.'))
            {
                code.Add(Parse(label, line));
                label = null;
            }
        }

        return code;
    }

    private static Instruction Parse(string? label, string line)
    {
        Match match = Operation().Match(line);
        string name = match.Groups["name"].Value;
        string operands = match.Groups["operands"].Value;
        bool isConditional = match.Groups["guard"].Success;
        bool isJump = name.StartsWith("bra", StringComparison.Ordinal);
        bool hasResult = !isJump && !(name.StartsWith("st.", StringComparison.Ordinal) || name.StartsWith("bar", StringComparison.Ordinal) || name.StartsWith("red.", StringComparison.Ordinal));
        int end = !hasResult ? 0 : operands.StartsWith('{') ? operands.IndexOf('}', StringComparison.Ordinal) : operands.IndexOf(',', StringComparison.Ordinal);
        string result = end < 0 ? operands : operands[..end];
        string[] reads = [.. Register().Matches(match.Groups["guard"].Value + operands[result.Length..]).Select(static match => match.Value)];
        string[] writes = [.. Register().Matches(result).Select(static match => match.Value)];
        bool isEnd = !isConditional && (isJump || name is "ret" or "exit");
        return new Instruction(label, reads, writes, isJump ? operands : null, isConditional, isEnd);
    }

    /// <summary>What data flow needs to know of one instruction.</summary>
    private sealed record Instruction(string? Label, string[] Reads, string[] Writes, string? Target, bool IsConditional, bool IsEnd);

    [GeneratedRegex(@"\.(?<space>shared|local)\s+\.align\s+\d+\s+\.b8\s+\w+\[(?<bytes>\d+)\]")]
    private static partial Regex Variable();

    [GeneratedRegex(@"^(?<guard>@!?%p\d+\s+)?(?<name>[\w.]+)\s*(?<operands>[^;]*);$")]
    private static partial Regex Operation();

    [GeneratedRegex(@"%(?:p|rs|rd|r|fd|f|h)\d+")]
    private static partial Regex Register();
}
