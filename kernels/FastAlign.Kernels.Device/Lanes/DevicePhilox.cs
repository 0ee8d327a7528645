using System.Runtime.CompilerServices;

namespace FastAlign.Kernels.Device;

/// <summary>
/// Philox4x32-10 as the host draws it (Salmon et al., 2011): the same key, counter and rounds, hence the same bits, in the 32-bit arithmetic of devices.
/// </summary>
public static class DevicePhilox
{
    private const uint MultiplierA = 0xD2511F53;
    private const uint MultiplierB = 0xCD9E8D57;
    private const uint WeylA = 0x9E3779B9;
    private const uint WeylB = 0xBB67AE85;
    private const int Rounds = 10;
    private const int WordBits = 32;
    private const int PurposeShift = 24;

    // The bits of a float's significand, taken from the top of the host's 53.
    private const int DroppedBits = 8;
    private const float Resolution = 1f / (1 << 24);

    /// <summary>The leading 24 bits of the host's uniform number in [0, 1): never above it, and less than 2^-24 below.</summary>
    /// <param name="seed">Key.</param>
    /// <param name="purpose">What the stream is for.</param>
    /// <param name="step">Stream of the purpose.</param>
    /// <param name="index">Draw of the stream.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Uniform(ulong seed, uint purpose, ulong step, ulong index)
    {
        (uint c0, uint c1) = ((uint)index, (uint)(index >> WordBits));
        (uint c2, uint c3) = ((uint)step, (purpose << PurposeShift) ^ (uint)(step >> WordBits));
        (uint k0, uint k1) = ((uint)seed, (uint)(seed >> WordBits));
        for (int round = 0; round < Rounds; round++)
        {
            ulong a = (ulong)MultiplierA * c0;
            ulong b = (ulong)MultiplierB * c2;
            c0 = (uint)(b >> WordBits) ^ c1 ^ k0;
            c1 = (uint)b;
            c2 = (uint)(a >> WordBits) ^ c3 ^ k1;
            c3 = (uint)a;
            k0 += WeylA;
            k1 += WeylB;
        }

        // Signed: C# converts unsigned integers to float by way of double.
        return (int)(c1 >> DroppedBits) * Resolution;
    }
}
