namespace FastAlign.Alignment;

/// <summary>Which tokens of two tokenizers spell the same stretch of text.</summary>
public static class TokenAlignment
{
    /// <summary>
    /// Cuts both sequences wherever they end at the same place of the text: the shortest stretches that both spell in whole tokens. What is left where one
    /// side runs out is one more stretch if both sides have tokens in it.
    /// </summary>
    /// <param name="studentEnds">Where each token ends, ascending; any unit, the same for both.</param>
    /// <param name="teacherEnds">As <paramref name="studentEnds"/>.</param>
    public static TokenGroup[] ByText(ReadOnlySpan<int> studentEnds, ReadOnlySpan<int> teacherEnds)
    {
        var groups = new List<TokenGroup>();
        (int s, int t, int studentStart, int teacherStart) = (0, 0, 0, 0);
        while (s < studentEnds.Length && t < teacherEnds.Length)
        {
            (int studentEnd, int teacherEnd) = (studentEnds[s], teacherEnds[t]);
            s += studentEnd <= teacherEnd ? 1 : 0;
            t += teacherEnd <= studentEnd ? 1 : 0;
            if (studentEnd == teacherEnd)
            {
                groups.Add(new TokenGroup(studentStart, s - studentStart, teacherStart, t - teacherStart));
                (studentStart, teacherStart) = (s, t);
            }
        }

        if (studentStart < studentEnds.Length && teacherStart < teacherEnds.Length)
        {
            groups.Add(new TokenGroup(studentStart, studentEnds.Length - studentStart, teacherStart, teacherEnds.Length - teacherStart));
        }

        return [.. groups];
    }

    /// <summary>The first token with the first, the second with the second, until one side ends.</summary>
    public static TokenGroup[] ByPlace(int student, int teacher) => [.. Enumerable.Range(0, Math.Min(student, teacher)).Select(i => new TokenGroup(i, 1, i, 1))];
}
