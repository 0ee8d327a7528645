namespace FastAlign.Kernels.Conformance;

/// <summary>Arithmetic on bounds. Source: Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., chapters 2 to 4.</summary>
internal static class ErrorBounds
{
    /// <summary>Accepted error of a vector exponential, logarithm or tanh in units of u: 4 ulp.</summary>
    public const double Transcendental = 8;

    /// <summary>Results below this may be flushed to zero or lose bits: the smallest normal F32 with room for the factors of an op.</summary>
    public const double Underflow = 1e-36;

    /// <summary>
    /// Of every operand the call writes: <c>n u (sum of absolute terms)</c>. Holds for any order of n - 1 additions of once rounded products,
    /// for fused ones all the more.
    /// </summary>
    public static void OfSums(KernelCase kernel, CasePhase phase, Values v, double n, double u, Values bounds)
    {
        Values magnitudes = CaseRun.Magnitudes(kernel, phase, v);
        foreach (Operand operand in kernel.Operands)
        {
            if (CaseRun.Writes(phase, operand.Role))
            {
                bounds[operand.Name] = Array.ConvertAll(magnitudes[operand.Name], m => (n * u * m) + Underflow);
            }
        }
    }

    /// <summary><c>n u |value|</c>: results of which every factor is relatively accurate.</summary>
    public static double[] Relative(double[] values, double n, double u) => Array.ConvertAll(values, x => (n * u * Math.Abs(x)) + Underflow);
}
