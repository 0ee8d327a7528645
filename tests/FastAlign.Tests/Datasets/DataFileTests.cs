using System.Text;
using FastAlign.Core;
using FastAlign.IO.Datasets;
using Xunit;

namespace FastAlign.Tests.Datasets;

public sealed class DataFileTests
{
    [Theory]
    [InlineData("{\"text\":\"a\"}\n{\"text\":\"b\"}\n")]
    [InlineData("{\"text\":\"a\"}\n{\"text\":\"b\"}")]
    [InlineData("{\"text\":\"a\"}\r\n{\"text\":\"b\"}\r\n")]
    [InlineData("\uFEFF{\"text\":\"a\"}\n{\"text\":\"b\"}\n")]
    [InlineData("\n  \r\n{\"text\":\"a\"}\n\t\n\n{\"text\":\"b\"}\n\n")]
    [InlineData("[{\"text\":\"a\"},{\"text\":\"b\"}]")]
    [InlineData("\uFEFF \r\n[\r\n  {\"text\":\"a\"},\n  {\"text\":\"b\"}\n]\n")]
    public void Read_EachLayout_GivesBothRows(string content)
    {
        DataRow[] rows = Read(content);

        Assert.Equal(["a", "b"], rows.Select(row => row.Text("text")));
        Assert.Equal([0, 1], rows.Select(row => row.Index));
    }

    [Fact]
    public void Read_BlankLinesAndArrays_CountLinesOfTheFile()
    {
        Assert.Equal([2, 5], Read("\n{\"a\":1}\n\n\n{\"a\":2}").Select(row => row.Line));
        Assert.Equal([2, 5], Read("[\n{\"a\":[1,\n2]},\n\n{\"a\":2}]").Select(row => row.Line));
    }

    [Fact]
    public void Read_LinesLongerThanTheBuffer_AreWhole()
    {
        // The first capacity is 65,536 bytes: lines below, at and far above it, with text that is not ASCII across the border.
        string[] texts = [.. new[] { 65_520, 65_536, 200_000, 3 }.Select(length => new string('é', length))];

        DataRow[] rows = Read(string.Join('\n', texts.Select(text => $"{{\"text\":\"{text}\"}}")));

        Assert.Equal(texts, rows.Select(row => row.Text("text")));
    }

    [Fact]
    public void Read_MaxRows_LeavesTheRestUnread()
    {
        Assert.Equal(2, DataFile.Read("d", Stream("{}\n{}\nbroken"), maxRows: 2).Length);
        Assert.Equal(2, DataFile.Read("d", Stream("[{},{},broken]"), maxRows: 2).Length);
    }

    [Theory]
    [InlineData("{\"text\":\"a\"}\n\n{\"text\": oops}\n", "data.jsonl, line 3 (row 1): expected a JSON object, found \"{\"text\": oops}\"", "at byte 9")]
    [InlineData("{\"text\":\"a\"}{\"text\":\"b\"}", "data.jsonl, line 1 (row 0): expected a JSON object", "at byte 12")]
    [InlineData("{\"text\":\"a", "data.jsonl, line 1 (row 0): expected a JSON object", "")]
    [InlineData("{}\n[1]", "data.jsonl, row 1 (line 2): expected a JSON object, found a list", "")]
    [InlineData("[\n{},\n{\"a\" 1}]", "data.jsonl, line 3 (row 1): expected a JSON array of objects, found broken JSON", "at byte 5")]
    [InlineData("[{}, 3]", "data.jsonl, row 1 (line 1): expected a JSON object, found a number", "")]
    [InlineData("[{}", "data.jsonl, line 1 (row 1): expected a JSON array of objects, found broken JSON", "")]
    [InlineData("[{}] x", "data.jsonl, line 1 (row 1): expected a JSON array of objects, found broken JSON", "")]
    [InlineData("text\nb", "data.jsonl: expected a JSON array of objects or one JSON object a line, found a file that starts with 't'", "")]
    [InlineData("", "data.jsonl: expected at least one row, found none", "")]
    [InlineData("\r\n \n", "data.jsonl: expected at least one row, found none", "")]
    [InlineData("[]", "data.jsonl: expected at least one row, found none", "")]
    public void Read_BadContent_NamesFileRowAndLine(string content, string start, string end)
    {
        InputException error = Assert.Throws<InputException>(() => Read(content));

        Assert.StartsWith(start, error.Message, StringComparison.Ordinal);
        Assert.EndsWith(end, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NoSuchFile_SaysSo()
    {
        string path = Path.Combine(Path.GetTempPath(), "fastalign-no-such-folder", "rows.jsonl");

        Assert.Equal($"{path}: no such file", Assert.Throws<InputException>(() => DataFile.Read(path)).Message);
        Assert.Contains("cannot be read", Assert.Throws<InputException>(() => DataFile.Read(Path.GetTempPath())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"text\":3}", "field 'text': expected a string, found a number")]
    [InlineData("{\"text\":null}", "field 'text': expected a string, found null")]
    [InlineData("{\"text\":[\"a\"]}", "field 'text': expected a string, found a list")]
    [InlineData("{\"text\":[{\"role\":\"user\"}]}", "field 'text': expected a string, found a conversation")]
    [InlineData("{\"text\":\"\\ud83d\"}", "field 'text': expected Unicode text")]
    [InlineData("{\"a\":1,\"b\":2}", "expected the fields 'text'; found 'a', 'b'")]
    [InlineData("{}", "expected the fields 'text'; found none")]
    public void Text_WrongField_NamesRowAndField(string row, string message)
    {
        InputException error = Assert.Throws<InputException>(() => Read("{\"text\":\"fine\"}\n" + row)[1].Text("text"));

        Assert.StartsWith("data.jsonl, row 1 (line 2): " + message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_BytesThatAreNoUtf8_AreRefused()
    {
        byte[] bytes = [.. "{\"text\":\""u8, 0xC3, 0x28, .. "\"}"u8];

        InputException error = Assert.Throws<InputException>(() => DataFile.Read("d", new MemoryStream(bytes))[0].Text("text"));

        Assert.Contains("expected Unicode text", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Flag_OtherThanTruthValue_IsRefused()
    {
        DataRow row = Read("{\"label\":true,\"other\":1}")[0];

        Assert.True(row.Flag("label"));
        Assert.Contains("field 'other': expected true or false, found a number", Assert.Throws<InputException>(() => row.Flag("other")).Message, StringComparison.Ordinal);
    }

    private static DataRow[] Read(string content) => DataFile.Read("data.jsonl", Stream(content));

    private static MemoryStream Stream(string content) => new(Encoding.UTF8.GetBytes(content));
}
