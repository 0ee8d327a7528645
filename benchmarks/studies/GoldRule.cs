namespace FastAlign.Studies;

/// <summary>
/// The known preference of the synthetic part: a text is worth as many points as it has sentences of four to eight words. A small model can learn it, and
/// neither endless sentences nor strings of full stops earn anything.
/// </summary>
internal static class GoldRule
{
    private const int FewestWords = 4;
    private const int MostWords = 8;

    public static double Score(string text)
    {
        int points = 0;
        int words = 0;
        bool isInWord = false;
        foreach (char symbol in text)
        {
            bool isLetter = char.IsLetter(symbol) || symbol == '\'';
            words += isLetter && !isInWord ? 1 : 0;
            isInWord = isLetter;
            if (symbol is '.' or '!' or '?')
            {
                points += words is >= FewestWords and <= MostWords ? 1 : 0;
                words = 0;
            }
        }

        return points;
    }

    /// <summary>Probability that a judge prefers the first of two texts (Bradley and Terry, 1952).</summary>
    public static double Preference(double first, double second) => 1 / (1 + Math.Exp(second - first));
}
