using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>Activation functions and their derivatives in double.</summary>
internal static class ReferenceActivation
{
    private const double CubicTerm = 0.044715;
    private const double SeriesLimit = 2;
    private const int FractionTerms = 200;
    private static readonly double RootTwoOverPi = Math.Sqrt(2 / Math.PI);

    public static double Value(Activation kind, double x) => kind switch
    {
        Activation.Silu => x * Sigmoid(x),
        Activation.Gelu => x * NormalDistribution(x),
        Activation.GeluTanh => 0.5 * x * (1 + Math.Tanh(TanhArgument(x))),
        Activation.Relu => Math.Max(x, 0),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    public static double Derivative(Activation kind, double x)
    {
        switch (kind)
        {
            case Activation.Silu:
                double s = Sigmoid(x);
                return s * (1 + (x * (1 - s)));
            case Activation.Gelu:
                return NormalDistribution(x) + (x * Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI));
            case Activation.GeluTanh:
                double t = Math.Tanh(TanhArgument(x));
                return (0.5 * (1 + t)) + (0.5 * x * (1 - (t * t)) * RootTwoOverPi * (1 + (3 * CubicTerm * x * x)));
            case Activation.Relu:
                return x > 0 ? 1 : 0;
            default:
                throw new ArgumentOutOfRangeException(nameof(kind));
        }
    }

    /// <summary>Standard normal distribution function, relative error below 1e-14 for x above -37.</summary>
    internal static double NormalDistribution(double x) => 0.5 * ComplementaryError(-x / Math.Sqrt(2));

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double TanhArgument(double x) => RootTwoOverPi * (x + (CubicTerm * x * x * x));

    /// <summary>erfc by the all-positive series of erf near 0 (Abramowitz and Stegun 7.1.6) and by the continued fraction (7.1.14) further out.</summary>
    private static double ComplementaryError(double z)
    {
        if (z < 0)
        {
            return 2 - ComplementaryError(-z);
        }

        double gaussian = Math.Exp(-z * z);
        if (z < SeriesLimit)
        {
            double term = z;
            double sum = z;
            for (int n = 1; term > sum * 1e-17; n++)
            {
                term *= 2 * z * z / ((2 * n) + 1);
                sum += term;
            }

            return 1 - (2 / Math.Sqrt(Math.PI) * gaussian * sum);
        }

        double fraction = z;
        for (int n = FractionTerms; n > 0; n--)
        {
            fraction = z + (0.5 * n / fraction);
        }

        return gaussian / (Math.Sqrt(Math.PI) * fraction);
    }
}
