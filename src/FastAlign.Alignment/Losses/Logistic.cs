namespace FastAlign.Alignment;

/// <summary>Logistic function and its logarithm in double, finite for every finite x, relative error below 1e-15.</summary>
internal static class Logistic
{
    /// <summary><c>1 / (1 + exp(-x))</c></summary>
    public static double Sigmoid(double x)
    {
        double e = Math.Exp(-Math.Abs(x));
        return (x >= 0 ? 1 : e) / (1 + e);
    }

    /// <summary><c>log(1 / (1 + exp(-x))) = min(x, 0) - log1p(exp(-|x|))</c></summary>
    public static double LogSigmoid(double x) => Math.Min(x, 0) - Log1P(Math.Exp(-Math.Abs(x)));

    /// <summary>
    /// <c>log(1 + x)</c> for x in [0, 1]. double.LogP1 is log(x + 1) and loses small x; the quotient restores what rounding 1 + x lost
    /// (Kahan; Higham, "Accuracy and stability of numerical algorithms", section 1.14.1).
    /// </summary>
    private static double Log1P(double x)
    {
        double u = 1 + x;
        return u == 1 ? x : Math.Log(u) * (x / (u - 1));
    }
}
