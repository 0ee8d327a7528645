using ILGPU;

namespace FastAlign.Kernels.Device;

/// <summary>Exponential and logarithm of a device thread: arithmetic only, so that accuracy does not depend on a driver.</summary>
/// <remarks>The steps of <see cref="VectorMath"/> with products that are rounded before they are added, unless the device fuses them.</remarks>
public static class DeviceMath
{
    private const float Log2E = 1.442695f;

    // ln 2 in two parts; the high one ends in zeros, so that n * high is exact for every exponent n.
    private const float Ln2High = 6.93145752e-1f;
    private const float Ln2Low = 1.42860677e-6f;
    private const float Ln2 = 0.693147182f;

    // Below, exp rounds to 0; above, to infinity.
    private const float ExpLowest = -104f;
    private const float ExpHighest = 89f;

    // Adding and subtracting 1.5 * 2^23 rounds to the nearest integer.
    private const float Rounder = 12582912f;

    private const int ExponentBias = 127;
    private const int MantissaBits = 23;
    private const float SmallestNormal = 1.17549435e-38f;
    private const float TwoTo23 = 8388608f;
    private const float TwoToMinus23 = 1.19209290e-7f;
    private const int TwoThirdsBits = 0x3F2AAAAB;
    private const int ExponentMask = unchecked((int)0xFF800000);

    /// <summary><c>e^x</c>, max error 1.5 ulp; 1 at 0, 0 at -inf, +inf above 88.72; NaN passes. Subnormal results may be flushed to 0.</summary>
    public static float Exp(float x)
    {
        x = x < ExpLowest ? ExpLowest : x;
        x = x > ExpHighest ? ExpHighest : x;

        // e^x = 2^n e^f with |f| <= ln(2)/2.
        float n = (x * Log2E) + Rounder;
        n -= Rounder;
        float f = (n * -Ln2High) + x;
        f = (n * -Ln2Low) + f;

        float p = 1.37805939e-3f;
        p = (p * f) + 8.37312452e-3f;
        p = (p * f) + 4.16695364e-2f;
        p = (p * f) + 1.66664720e-1f;
        p = (p * f) + 4.99999851e-1f;
        p = (p * f) + 1f;
        p = (p * f) + 1f;

        // Two factors, because 2^n itself may not be a float.
        int whole = (int)n;
        int half = whole >> 1;
        return p * PowerOfTwo(half) * PowerOfTwo(whole - half);
    }

    /// <summary>Natural logarithm, max error 1.5 ulp; 0 at 1, -inf at 0, +inf at +inf, NaN below 0; NaN passes.</summary>
    public static float Log(float x)
    {
        bool isTiny = x < SmallestNormal;
        float a = isTiny ? x * TwoTo23 : x;
        float exponent = isTiny ? -MantissaBits : 0f;

        // a = 2^e (1 + m) with 1 + m in [2/3, 4/3): near 1, e is 0 and no cancellation remains.
        int bits = (int)Interop.FloatAsInt(a);
        int e = (bits - TwoThirdsBits) & ExponentMask;
        float m = Interop.IntAsFloat((uint)(bits - e)) - 1f;
        exponent = (e * TwoToMinus23) + exponent;

        // log(1 + m): two half-length chains in m^2.
        float s = m * m;
        float r = -0.130310059f;
        float t = 0.140869141f;
        r = (r * s) - 0.121483512f;
        t = (t * s) + 0.139814854f;
        r = (r * s) - 0.166846126f;
        t = (t * s) + 0.200120345f;
        r = (r * s) - 0.249996200f;
        r = (t * m) + r;
        r = (r * m) + 0.333331972f;
        r = (r * m) - 0.5f;
        r = (r * s) + m;
        r = (exponent * Ln2) + r;

        // +inf and NaN pass; then 0, then what lies below it.
        r = x < float.PositiveInfinity ? r : x;
        r = x == 0f ? float.NegativeInfinity : r;
        return x < 0f ? float.NaN : r;
    }

    private static float PowerOfTwo(int n) => Interop.IntAsFloat((uint)((n + ExponentBias) << MantissaBits));
}
