using FastAlign.Alignment;
using FastAlign.Models;

namespace FastAlign.Tests.Invariance;

/// <summary>The bits of a token depend only on the tokens before it: hidden states, log-probs, entropies and mean logits of whole models.</summary>
[Trait("Category", Goldens.Category)]
public sealed class ForwardInvarianceTests
{
    public static IEnumerable<TheoryDataRow<string>> Models() => HostModel.Models();

    [Theory, MemberData(nameof(Models))]
    public void Forward_OneTwoOrSevenThreads_GivesTheSameBits(string name)
    {
        using var one = new HostModel(name, 1);
        TokenBatch batch = new PreferenceData(one.Pairs(3)).Build([0, 1, 2]);
        ForwardBits expected = one.Forward(batch);

        foreach (int threads in (int[])[2, 7])
        {
            using var many = new HostModel(name, threads);
            ForwardBits.AssertEqual(expected, many.Forward(batch));
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void Forward_KeptOrNotForBackward_GivesTheSameBits(string name)
    {
        using var model = new HostModel(name);
        TokenBatch batch = new PreferenceData(model.Pairs(2)).Build([0, 1]);

        ForwardBits expected = model.Forward(batch, ActivationMode.None);

        ForwardBits.AssertEqual(expected, model.Forward(batch, ActivationMode.Save));
        ForwardBits.AssertEqual(expected, model.Forward(batch, ActivationMode.Recompute));
    }

    [Theory, MemberData(nameof(Models))]
    public void Forward_PackedOrAlone_GivesTheSameBits(string name)
    {
        using var model = new HostModel(name);
        var data = new PreferenceData(model.Pairs(4));
        ForwardBits packed = model.Forward(data.Build([0, 1, 2, 3]));
        (int token, int row) = (0, 0);

        for (int i = 0; i < data.Count; i++)
        {
            TokenBatch alone = data.Build([i]);
            ForwardBits part = packed.Select(Enumerable.Range(token, alone.TokenCount), Enumerable.Range(row, alone.RowCount));
            ForwardBits.AssertEqual(model.Forward(alone), part);
            (token, row) = (token + alone.TokenCount, row + alone.RowCount);
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void Forward_PermutedExamples_PermutesTheBits(string name)
    {
        using var model = new HostModel(name);
        var data = new PreferenceData(model.Pairs(4));
        int[] order = [2, 0, 3, 1];
        ForwardBits inFileOrder = model.Forward(data.Build([0, 1, 2, 3]));
        ForwardBits permuted = model.Forward(data.Build(order));
        int[] tokens = [.. Enumerable.Range(0, 4).Select(i => data.Build([i]).TokenCount)];
        int[] rows = [.. Enumerable.Range(0, 4).Select(i => data.Build([i]).RowCount)];

        ForwardBits expected = inFileOrder.Select(
            order.SelectMany(i => Enumerable.Range(tokens.Take(i).Sum(), tokens[i])), order.SelectMany(i => Enumerable.Range(rows.Take(i).Sum(), rows[i])));

        ForwardBits.AssertEqual(expected, permuted);
    }

    [Theory, MemberData(nameof(Models))]
    public void Forward_SharedOrRepeatedPrompt_GivesTheSameBits(string name)
    {
        using var model = new HostModel(name);
        PreferenceExample[] pairs = model.Pairs(1);
        (int prompt, int chosen, int rejected) = (pairs[0].Prompt.Length, pairs[0].Chosen.Length, pairs[0].Rejected.Length);

        ForwardBits shared = model.Forward(new PreferenceData(pairs).Build([0]));
        ForwardBits repeated = model.Forward(new PreferenceData(pairs, isPromptShared: false).Build([0]));

        // Repeated: prompt, chosen, prompt, rejected.
        IEnumerable<int> rows = Enumerable.Range(0, chosen + rejected);
        IEnumerable<int> secondPrompt = Enumerable.Range(prompt + chosen, prompt);
        IEnumerable<int> rejectedTokens = Enumerable.Range((2 * prompt) + chosen, rejected);
        ForwardBits.AssertEqual(shared, repeated.Select([.. Enumerable.Range(0, prompt + chosen), .. rejectedTokens], rows));
        ForwardBits.AssertEqual(shared, repeated.Select([.. secondPrompt, .. Enumerable.Range(prompt, chosen), .. rejectedTokens], rows));
    }
}
