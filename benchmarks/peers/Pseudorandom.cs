using System.Runtime.InteropServices;

namespace FastAlign.Peers;

/// <summary>Values that both engines start from: functions of a seed and a name, so that each can draw them for itself.</summary>
internal static class Pseudorandom
{
    /// <summary>Independent values uniform in <c>centre +- reach</c>: arithmetic on zeros or denormals would have another speed.</summary>
    public static void Fill(Span<float> values, string name, uint seed, float reach = 1, float centre = 0)
    {
        uint state = Start(name, seed);
        float scale = reach / int.MaxValue;
        for (int i = 0; i < values.Length; i++)
        {
            state = Next(state);
            values[i] = centre + ((int)state * scale);
        }
    }

    /// <summary>Token ids in [0, <paramref name="vocab"/>).</summary>
    public static int[] Tokens(int count, int vocab, string name, uint seed)
    {
        int[] ids = new int[count];
        uint state = Start(name, seed);
        for (int i = 0; i < count; i++)
        {
            state = Next(state);
            ids[i] = (int)(((ulong)state * (uint)vocab) >> 32);
        }

        return ids;
    }

    /// <summary>Numerical Recipes' linear congruential generator: the high bits, which matter here, are good enough.</summary>
    private static uint Next(uint state) => (state * 1664525) + 1013904223;

    /// <summary>FNV-1a of the name.</summary>
    private static uint Start(string name, uint seed)
    {
        uint hash = 2166136261 ^ seed;
        foreach (byte character in MemoryMarshal.AsBytes(name.AsSpan()))
        {
            hash = (hash ^ character) * 16777619;
        }

        return hash;
    }
}
