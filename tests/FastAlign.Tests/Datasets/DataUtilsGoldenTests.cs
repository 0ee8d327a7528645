using System.Text.Json;
using FastAlign.Core;
using FastAlign.IO.Datasets;
using Xunit;

namespace FastAlign.Tests.Datasets;

/// <summary>The functions of TRL's data_utils, one golden case each. Conversational inputs are refused until chat templates exist.</summary>
[Trait("Category", Goldens.Category)]
public sealed class DataUtilsGoldenTests
{
    public static TheoryData<int, string> ConversationCases => Of("is_conversational", "is_conversational_from_value");

    public static TheoryData<int, string> ExtractCases => Of("extract_prompt");

    public static TheoryData<int, string> RowCases => Of("maybe_extract_prompt", "maybe_apply_chat_template", "maybe_convert_to_chatml");

    public static TheoryData<int, string> UnpairCases => Of("unpair_preference_dataset");

    public static TheoryData<int, string> PrefixCases => Of("common_prefix_length");

    public static TheoryData<int, string> PackingCases => Of("pack_dataset");

    public static TheoryData<int, string> All => GoldenRows.Cases("data_utils.json", "function");

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(All))]
    public void Case_EveryFunction_HasATest(int index, string label)
    {
        string function = GoldenRows.Case("data_utils.json", index).GetProperty("function").GetString()!;

        Assert.True(
            function is "is_conversational" or "is_conversational_from_value" or "extract_prompt" or "maybe_extract_prompt" or "maybe_apply_chat_template"
                or "maybe_convert_to_chatml" or "unpair_preference_dataset" or "common_prefix_length" or "pack_dataset",
            $"case {index} {label}: no test for {function}");
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(ConversationCases))]
    public void ConversationalField_TrlCase_AgreesWithTrl(int index, string label)
    {
        JsonElement golden = GoldenRows.Case("data_utils.json", index);
        DataRow row = GoldenRows.Parse($"[{golden.GetProperty("input").GetRawText()}]")[0];
        string[] fields = golden.GetProperty("function").GetString() == "is_conversational"
            ? ["prompt", "chosen", "rejected", "completion", "messages"] : ["conversations"];

        bool actual = row.ConversationalField(fields) is not null;

        // Where TRL raises (an empty list), the row holds no conversation, and reading the field as text names it.
        Assert.True(actual == (golden.GetProperty("output").ValueKind == JsonValueKind.True), label);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(ExtractCases))]
    public void ImplicitPrompt_TrlCase_SplitsAlike(int index, string label)
    {
        JsonElement golden = GoldenRows.Case("data_utils.json", index);
        JsonElement output = golden.GetProperty("output");
        DataRow row = GoldenRows.Parse($"[{golden.GetProperty("input").GetRawText()}]")[0];
        if (GoldenRows.IsConversational(row))
        {
            GoldenRows.AssertRefusesConversation(() => PreferenceText.From(row));
            return;
        }

        if (output.TryGetProperty("error", out _))
        {
            Assert.Contains("row 0", Assert.Throws<InputException>(() => PreferenceText.From(row)).Message, StringComparison.Ordinal);
            return;
        }

        (string prompt, string chosen, string rejected) = ImplicitPrompt.Split(row.Text("chosen"), row.Text("rejected"));

        Assert.True(output.GetProperty("prompt").GetString() == prompt, label);
        Assert.Equal(output.GetProperty("chosen").GetString(), chosen);
        Assert.Equal(output.GetProperty("rejected").GetString(), rejected);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(RowCases))]
    public void Rows_TrlCase_ReadAlikeOrRefused(int index, string label)
    {
        JsonElement golden = GoldenRows.Case("data_utils.json", index);
        JsonElement output = golden.GetProperty("output");
        DataRow row = GoldenRows.Parse($"[{golden.GetProperty("input").GetRawText()}]")[0];
        if (GoldenRows.IsConversational(row))
        {
            GoldenRows.AssertRefusesConversation(() => _ = row.Has("chosen") ? PreferenceText.From(row).Prompt : SftText.From(row).Completion);
            return;
        }

        PreferenceText actual = PreferenceText.From(row);

        Assert.True(output.GetProperty("prompt").GetString() == actual.Prompt, label);
        Assert.Equal(output.GetProperty("chosen").GetString(), actual.Chosen);
        Assert.Equal(output.GetProperty("rejected").GetString(), actual.Rejected);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(UnpairCases))]
    public void Unpair_TrlCase_GivesSameRows(int index, string label)
    {
        JsonElement golden = GoldenRows.Case("data_utils.json", index);
        DataRow[] rows = GoldenRows.Parse(golden.GetProperty("input").GetRawText());
        if (GoldenRows.IsConversational(rows[0]))
        {
            GoldenRows.AssertRefusesConversation(() => PreferenceText.From(rows[0]));
            return;
        }

        UnpairedText[] actual = UnpairedText.Unpair(rows.Select(PreferenceText.From).ToArray());

        DataRow[] expected = GoldenRows.Parse(golden.GetProperty("output").GetRawText());
        Assert.True(expected.Length == actual.Length, label);
        Assert.Equal(expected.Select(UnpairedText.From).Select(row => (row.Prompt, row.Completion, row.IsDesirable)),
            actual.Select(row => (row.Prompt, row.Completion, row.IsDesirable)));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(PrefixCases))]
    public void CommonPrefixLength_TrlCase_IsTheSpanMethod(int index, string label)
    {
        JsonElement golden = GoldenRows.Case("data_utils.json", index);
        int[][] input = GoldenRows.Lists(golden.GetProperty("input"));

        Assert.True(golden.GetProperty("output").GetInt32() == input[0].AsSpan().CommonPrefixLength(input[1]), label);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(PackingCases))]
    public void Pack_TrlCase_GivesSameBlocks(int index, string label)
    {
        JsonElement golden = GoldenRows.Case("data_utils.json", index);
        JsonElement input = golden.GetProperty("input");
        int[] lengths = GoldenRows.Ints(input.GetProperty("lengths"));
        PackingStrategy strategy = GoldenRows.Strategy(input.GetProperty("strategy").GetString()!);

        List<Packing.Piece[]> blocks = Packing.Pack(lengths, input.GetProperty("seq_length").GetInt32(), strategy);

        // The goldens number all tokens through the rows in order.
        int[] firstIds = [.. lengths.Select((_, row) => lengths[..row].Sum())];
        JsonElement output = golden.GetProperty("output");
        Assert.Equal(
            GoldenRows.Lists(output.GetProperty("input_ids")),
            blocks.Select(block => block.SelectMany(piece => Enumerable.Range(firstIds[piece.Row] + piece.Start, piece.Length)).ToArray()));
        Assert.True(output.TryGetProperty("seq_lengths", out JsonElement seqLengths) == (strategy != PackingStrategy.Wrapped), label);
        if (strategy != PackingStrategy.Wrapped)
        {
            Assert.Equal(GoldenRows.Lists(seqLengths), blocks.Select(block => block.Select(piece => piece.Length).ToArray()));
        }
    }

    private static TheoryData<int, string> Of(params string[] functions)
    {
        var cases = new TheoryData<int, string>();
        foreach (TheoryDataRow<int, string> row in GoldenRows.Cases("data_utils.json", "function", "input"))
        {
            (int index, string label) = row.Data;
            if (functions.Contains(GoldenRows.Case("data_utils.json", index).GetProperty("function").GetString()))
            {
                cases.Add(index, label[..Math.Min(label.Length, 80)]);
            }
        }

        return cases;
    }
}
