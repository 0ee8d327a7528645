using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>Runs a call of a case and brings everything back.</summary>
internal static class CaseRun
{
    /// <param name="kernel">The case.</param>
    /// <param name="phase">Which call.</param>
    /// <param name="backend">Where.</param>
    /// <param name="start">Contents before the call.</param>
    public static Values Run(KernelCase kernel, CasePhase phase, Backend backend, Values start)
    {
        using var tensors = new CaseTensors(backend, kernel.Operands, start);
        Call(kernel, phase, backend, tensors);
        return Read(kernel, tensors);
    }

    /// <summary>Two calls in a row on the same tensors: what they hold after the first, and after the second.</summary>
    public static (Values Once, Values Twice) RunTwice(KernelCase kernel, CasePhase phase, Backend backend, Values start)
    {
        using var tensors = new CaseTensors(backend, kernel.Operands, start);
        Call(kernel, phase, backend, tensors);
        Values once = Read(kernel, tensors);
        Call(kernel, phase, backend, tensors);
        return (once, Read(kernel, tensors));
    }

    public static void Call(KernelCase kernel, CasePhase phase, Backend backend, CaseTensors tensors)
    {
        if (phase == CasePhase.Forward)
        {
            kernel.Forward(backend, tensors);
        }
        else
        {
            kernel.Backward(backend, tensors);
        }
    }

    /// <summary>What the backward call starts from: the initial values, and the forward outputs of the reference rounded to the backend's type.</summary>
    public static Values BackwardStart(KernelCase kernel, Values initial, Values forward, DType type)
    {
        Values start = initial.Clone();
        foreach (Operand operand in kernel.Operands)
        {
            if (operand.Role == OperandRole.Output)
            {
                start[operand.Name] = type == DType.F64 ? forward[operand.Name] : Array.ConvertAll(forward[operand.Name], static x => (double)(float)x);
            }
        }

        return start;
    }

    public static bool Writes(CasePhase phase, OperandRole role) => phase == CasePhase.Forward
        ? role is OperandRole.Output or OperandRole.Sum
        : role is OperandRole.Gradient or OperandRole.GradientSum;

    /// <summary>The operands that the call writes, computed from absolute values: the sum of absolute products of an op that only adds and multiplies.</summary>
    public static Values Magnitudes(KernelCase kernel, CasePhase phase, Values v)
    {
        using var reference = new ReferenceBackend();
        Values start = new();
        foreach (Operand operand in kernel.Operands)
        {
            bool isStart = !Writes(phase, operand.Role) || operand.Role is OperandRole.Sum or OperandRole.GradientSum;
            double[]? values = !isStart ? null : Writes(phase, operand.Role) ? operand.Values : v.Has(operand.Name) ? v[operand.Name] : null;
            if (values is not null)
            {
                start[operand.Name] = Array.ConvertAll(values, Math.Abs);
            }
        }

        return Run(kernel, phase, reference, start);
    }

    private static Values Read(KernelCase kernel, CaseTensors tensors)
    {
        var values = new Values();
        foreach (Operand operand in kernel.Operands)
        {
            values[operand.Name] = tensors.Read(operand.Name);
        }

        return values;
    }
}
