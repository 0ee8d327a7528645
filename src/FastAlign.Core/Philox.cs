namespace FastAlign.Core;

/// <summary>
/// Counter-based random numbers: Philox4x32-10. Draw <c>i</c> of stream (seed, purpose, step) is a pure function of those four numbers, so
/// nothing needs to be stored to resume and no draw depends on another. Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
/// </summary>
public readonly struct Philox(ulong seed, RandomPurpose purpose, ulong step)
{
    private const uint MultiplierA = 0xD2511F53;
    private const uint MultiplierB = 0xCD9E8D57;
    private const uint WeylA = 0x9E3779B9;
    private const uint WeylB = 0xBB67AE85;
    private const int Rounds = 10;

    /// <summary>The 128 random bits of counter <paramref name="index"/>.</summary>
    public UInt128 Bits(ulong index)
    {
        // Counter: index (64 bits), step (32), purpose and high step bits (32). Key: seed.
        (uint c0, uint c1) = ((uint)index, (uint)(index >> 32));
        (uint c2, uint c3) = ((uint)step, ((uint)purpose << 24) ^ (uint)(step >> 32));
        (uint k0, uint k1) = ((uint)seed, (uint)(seed >> 32));
        for (int round = 0; round < Rounds; round++)
        {
            ulong a = (ulong)MultiplierA * c0;
            ulong b = (ulong)MultiplierB * c2;
            (c0, c1, c2, c3) = ((uint)(b >> 32) ^ c1 ^ k0, (uint)b, (uint)(a >> 32) ^ c3 ^ k1, (uint)a);
            k0 += WeylA;
            k1 += WeylB;
        }

        return new UInt128(((ulong)c3 << 32) | c2, ((ulong)c1 << 32) | c0);
    }

    /// <summary>Uniform in [0, 1), 53 bits.</summary>
    public double Uniform(ulong index) => ((ulong)Bits(index) >> 11) * (1.0 / (1UL << 53));

    /// <summary>Standard normal by the Box-Muller transform.</summary>
    public double Normal(ulong index)
    {
        UInt128 bits = Bits(index);
        double u = (((ulong)bits >> 11) + 1) * (1.0 / (1UL << 53));
        double v = ((ulong)(bits >> 64) >> 11) * (1.0 / (1UL << 53));
        return Math.Sqrt(-2 * Math.Log(u)) * Math.Cos(2 * Math.PI * v);
    }

    /// <summary>Uniform integer in [0, <paramref name="bound"/>): high word of a 64 x 64 bit product; its bias is below 2^-32 for any 32-bit bound.</summary>
    public int Integer(ulong index, int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        return (int)Math.BigMul((ulong)Bits(index), (ulong)bound, out _);
    }

    /// <summary>A uniformly drawn permutation of 0..<paramref name="length"/>-1 (Fisher-Yates).</summary>
    public int[] Permutation(int length)
    {
        int[] order = new int[length];
        for (int i = 0; i < length; i++)
        {
            order[i] = i;
        }

        for (int i = length - 1; i > 0; i--)
        {
            int j = Integer((ulong)i, i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }
}

/// <summary>What a random stream is for: streams of different purposes never share a draw.</summary>
public enum RandomPurpose
{
    DataOrder = 1,
    Sampling = 2,
    Initialization = 3,
    Bootstrap = 4,
    TokenChoice = 5,
    Positions = 6,
    Test = 255,
}
