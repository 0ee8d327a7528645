using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>
/// Is the reference's backward call the derivative of its forward call? Central differences of <c>L = sum of dy·y</c> in double, along random
/// unit directions and along single elements. Backends are then compared with the reference.
/// </summary>
public static class GradientCheck
{
    /// <summary>
    /// Largest accepted error relative to the gradient, beyond rounding. With h = 1e-5 truncation is of order h^2 = 1e-10; a wrong term is of
    /// order 1.
    /// </summary>
    public const double Tolerance = 1e-6;

    private const double Step = 1e-5;
    private const int Directions = 2;
    private const int Elements = 4;

    /// <summary>Rounding of the difference quotient is about <c>2^-53 sum|dy y| / h</c>; the sums of an op err by a few times that.</summary>
    private const double Rounding = 8.0 / (1L << 53) / Step;

    /// <summary>Largest relative error over all differentiable inputs; 0 if the case has none.</summary>
    public static double Run(KernelCase kernel)
    {
        if (!kernel.HasBackward)
        {
            return 0;
        }

        using var reference = new ReferenceBackend();
        Values start = kernel.InitialValues();
        foreach ((_, string gradient) in kernel.Gradients)
        {
            if (start.Has(gradient))
            {
                start[gradient] = new double[start[gradient].Length];
            }
        }

        Values forward = CaseRun.Run(kernel, CasePhase.Forward, reference, start);
        Values backward = CaseRun.Run(kernel, CasePhase.Backward, reference, CaseRun.BackwardStart(kernel, start, forward, DType.F64));
        double worst = 0;
        for (int k = 0; k < kernel.Gradients.Count; k++)
        {
            (string input, string gradient) = kernel.Gradients[k];
            var random = new Philox(7, RandomPurpose.Test, (ulong)k);
            int length = backward[gradient].Length;
            for (int i = 0; i < Directions + Elements; i++)
            {
                double[] direction = i < Directions ? SignDirection(random, i, length) : UnitDirection(random.Integer((ulong)i, length), length);
                double error = Error(kernel, reference, start, input, backward[gradient], direction);
                worst = double.IsNaN(error) ? double.PositiveInfinity : Math.Max(worst, error);
            }
        }

        return worst;
    }

    private static double Error(KernelCase kernel, ReferenceBackend reference, Values start, string input, double[] gradient, double[] direction)
    {
        double analytic = 0;
        double scale = 0;
        double largest = 0;
        for (int i = 0; i < gradient.Length; i++)
        {
            analytic += gradient[i] * direction[i];
            scale += Math.Abs(gradient[i] * direction[i]);
            largest = Math.Max(largest, Math.Abs(gradient[i]));
        }

        (double above, double size) = Loss(kernel, reference, start, input, direction, Step);
        (double below, _) = Loss(kernel, reference, start, input, direction, -Step);
        double difference = Math.Abs(((above - below) / (2 * Step)) - analytic);
        return difference <= Rounding * size ? 0 : difference / Math.Max(scale, largest);
    }

    /// <summary>L at a moved input, and the sum of the absolute values of its terms.</summary>
    private static (double Loss, double Size) Loss(KernelCase kernel, ReferenceBackend reference, Values start, string input, double[] direction, double step)
    {
        Values moved = start.Clone();
        double[] values = [.. start[input]];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] += step * direction[i];
        }

        moved[input] = values;
        Values result = CaseRun.Run(kernel, CasePhase.Forward, reference, moved);
        double loss = 0;
        double size = 0;
        foreach ((string output, string derivative) in kernel.Cotangents)
        {
            for (int i = 0; i < result[output].Length; i++)
            {
                double term = result[output][i] * start[derivative][i];
                loss += term;
                size += Math.Abs(term);
            }
        }

        return (loss, size);
    }

    private static double[] SignDirection(Philox random, int draw, int length)
    {
        double[] direction = new double[length];
        double size = 1 / Math.Sqrt(length);
        for (int i = 0; i < length; i++)
        {
            direction[i] = random.Uniform((ulong)(1000 + (draw * length) + i)) < 0.5 ? -size : size;
        }

        return direction;
    }

    private static double[] UnitDirection(int element, int length)
    {
        double[] direction = new double[length];
        direction[element] = 1;
        return direction;
    }
}
