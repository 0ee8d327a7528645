using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>Checks a case against the reference in about the time of timing it: the whole of a small case, parts of a large one (<see cref="CasePart"/>), within the same bounds.</summary>
public static class SampledVerifier
{
    /// <param name="kernel">What to check.</param>
    /// <param name="backend">Where.</param>
    /// <param name="roundoff">Unit roundoff that bounds assume; 0 takes that of the backend's real type.</param>
    /// <returns>The first thing that is wrong, or null.</returns>
    public static string? Check(KernelCase kernel, Backend backend, double roundoff = 0)
    {
        double assumed = roundoff > 0 ? roundoff : CaseVerifier.RoundoffOf(backend);
        CasePart[] parts = [.. kernel.Parts()];
        return parts.Length == 0 ? CaseVerifier.Check(kernel, backend, assumed) : Check(kernel, parts, backend, assumed);
    }

    private static string? Check(KernelCase kernel, CasePart[] parts, Backend backend, double roundoff)
    {
        Values values = kernel.InitialValues();
        using var tensors = new CaseTensors(backend, kernel.Operands, values, isGuarded: false);
        foreach (CasePhase phase in (ReadOnlySpan<CasePhase>)[CasePhase.Forward, CasePhase.Backward])
        {
            if (phase == CasePhase.Backward && !kernel.HasBackward)
            {
                break;
            }

            CaseRun.Call(kernel, phase, backend, tensors);
            Values got = new();
            foreach (Operand operand in kernel.Operands.Where(operand => CaseRun.Writes(phase, operand.Role)))
            {
                got[operand.Name] = tensors.Read(operand.Name);
            }

            string? failure = parts.Where(part => part.Phase == phase).Select(part => Compare(kernel, part, values, got, roundoff)).FirstOrDefault(static text => text is not null);
            if (failure is not null)
            {
                return failure;
            }

            // What backward finds saved is the backend's own.
            foreach (Operand operand in kernel.Operands.Where(static operand => operand.Role == OperandRole.Output))
            {
                values[operand.Name] = got.Has(operand.Name) ? got[operand.Name] : values[operand.Name];
            }
        }

        return null;
    }

    private static string? Compare(KernelCase whole, CasePart part, Values values, Values got, double roundoff)
    {
        Values start = new();
        foreach (Operand operand in whole.Operands.Where(operand => values.Has(operand.Name)))
        {
            start[operand.Name] = part.Select(operand, values[operand.Name]);
        }

        part.Kernel.Adopt(start);
        using var reference = new ReferenceBackend();
        Values expected = CaseRun.Run(part.Kernel, part.Phase, reference, start);
        Values bounds = CaseVerifier.BoundsOf(part.Kernel, part.Phase, expected, roundoff);
        foreach (string name in part.Compared)
        {
            Operand operand = whole.Operands.Single(operand => operand.Name == name);
            double[] actual = part.Select(operand, got[name]);
            for (int i = 0; i < actual.Length; i++)
            {
                double limit = bounds[name][i] * CaseVerifier.SecondOrder;
                if (!(Math.Abs(actual[i] - expected[name][i]) <= limit))
                {
                    return $"{part.Phase} {operand}, element {i} of {part.Kernel.Name}: expected {expected[name][i]:g9}, got {actual[i]:g9}, bound {limit:g3}";
                }
            }
        }

        return null;
    }
}
