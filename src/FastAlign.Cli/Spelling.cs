namespace FastAlign.Cli;

/// <summary>How near two names are, for suggestions after a typing error.</summary>
internal static class Spelling
{
    /// <summary>How many letters to add, drop or swap with a neighbour; another letter in its place counts as one dropped and one added.</summary>
    public static int Distance(string a, string b)
    {
        int[,] cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                cost[i, j] = i == 0 || j == 0 ? i + j
                    : a[i - 1] == b[j - 1] ? cost[i - 1, j - 1]
                    : Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1;
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[a.Length, b.Length];
    }
}
