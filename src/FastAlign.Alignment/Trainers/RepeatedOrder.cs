namespace FastAlign.Alignment;

/// <summary>
/// The order in which group methods visit prompts: TRL's RepeatSampler. Prompts are taken in chunks; a chunk repeats each of its prompts for the completions
/// of a group, and the whole chunk for the iterations that reuse them.
/// </summary>
public static class RepeatedOrder
{
    /// <param name="order">Prompts in the order of the epoch.</param>
    /// <param name="groupSize">Times each prompt stands side by side. <c>mini_repeat_count</c></param>
    /// <param name="chunk">Prompts per chunk; a last chunk that is not full is left out. <c>batch_size</c></param>
    /// <param name="repeats">Times each chunk is repeated. <c>repeat_count</c></param>
    public static IEnumerable<int> Of(IReadOnlyList<int> order, int groupSize, int chunk, int repeats)
    {
        for (int start = 0; start + chunk <= order.Count; start += chunk)
        {
            for (int repeat = 0; repeat < repeats; repeat++)
            {
                for (int i = 0; i < chunk * groupSize; i++)
                {
                    yield return order[start + (i / groupSize)];
                }
            }
        }
    }
}
