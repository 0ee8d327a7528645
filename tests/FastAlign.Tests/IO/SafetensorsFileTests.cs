using System.Buffers.Binary;
using System.Text;
using FastAlign.Core;
using FastAlign.IO.Safetensors;
using Xunit;

namespace FastAlign.Tests.IO;

public sealed class SafetensorsFileTests
{
    private const string TwoFloats = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";

    public static TheoryData<string, int, string> BrokenHeaders => new()
    {
        { "", 0, "header: expected JSON" },
        { "[]", 0, "header: expected a JSON object" },
        { "{", 0, "header: expected JSON" },
        { "{}x", 0, "header: expected JSON" },
        { new string('[', 100_000), 0, "header: expected a JSON object" },
        { $$"""{"a":{{string.Concat(Enumerable.Repeat("""{"b":""", 10_000))}}""", 0, "expected JSON" },
        { """{"a":1}""", 0, "a: expected an object, found Number" },
        { """{"a":{"shape":[2],"data_offsets":[0,8]}}""", 8, "a: expected dtype, shape and data_offsets, found no dtype" },
        { """{"a":{"dtype":"F32","data_offsets":[0,8]}}""", 8, "found no shape" },
        { """{"a":{"dtype":"F32","shape":[2]}}""", 8, "found no data_offsets" },
        { """{"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}""", 8, "found F31" },
        { """{"a":{"dtype":7,"shape":[2],"data_offsets":[0,8]}}""", 8, "a string as dtype" },
        { """{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "dtype once" },
        { """{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "expected 12 bytes for F32 [3], found data_offsets [0, 8]" },
        { """{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "found -2" },
        { """{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}""", 8, "found 2.0" },
        { """{"a":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}""", 8, "in shape, found String" },
        { """{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""", 0, "a shape whose bytes can be counted" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,99999999999999999999]}}""", 8, "found 99999999999999999999" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", 8, "found -8" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "ascending data_offsets within 8 bytes" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "ascending data_offsets within 4 bytes" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}""", 8, "found 3 numbers" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 12, "expected 8 bytes of data behind the header, found 12" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""", 6, "b: expected data from byte 4" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[6,10]}}""", 10, "b: expected data from byte 4" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "a: expected each name once" },
        { """{"__metadata__":{"format":1}}""", 0, "__metadata__: expected a string under format" },
        { "{\"\\ud800\":{}}", 0, "header: expected JSON" },
    };

    [Theory]
    [MemberData(nameof(BrokenHeaders))]
    public void Open_BrokenHeader_NamesFileAndFault(string header, int dataBytes, string expected)
    {
        using var folder = new TemporaryFolder();
        string path = Write(folder, header, new byte[dataBytes]);

        InputException error = Assert.Throws<InputException>(() => SafetensorsFile.Open(path));

        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(40)]
    [InlineData(69)]
    public void Open_TruncatedFile_Throws(int bytes)
    {
        using var folder = new TemporaryFolder();
        string path = Write(folder, TwoFloats, new byte[8]);
        byte[] whole = File.ReadAllBytes(path);
        Assert.True(bytes < whole.Length);
        File.WriteAllBytes(path, whole[..bytes]);

        InputException error = Assert.Throws<InputException>(() => SafetensorsFile.Open(path));

        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(1ul << 63)]
    [InlineData(1000)]
    public void Open_OversizeHeaderLength_ThrowsWithoutAllocating(ulong length)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("x.safetensors");
        byte[] bytes = new byte[64];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        File.WriteAllBytes(path, bytes);

        InputException error = Assert.Throws<InputException>(() => SafetensorsFile.Open(path));

        Assert.Contains($"header length: expected at most 56 bytes in a file of 64, found {length}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoSuchFile_NamesIt()
    {
        using var folder = new TemporaryFolder();

        InputException error = Assert.Throws<InputException>(() => SafetensorsFile.Open(folder.File("none")));

        Assert.StartsWith(folder.File("none"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadFloat32_EveryFloatType_ConvertsExactly()
    {
        using var folder = new TemporaryFolder();
        float[] values = [0f, -0f, 1.5f, -2f, 65504f, 0.0078125f, float.PositiveInfinity];
        using SafetensorsFile file = OpenFloats(folder, values);

        foreach (string name in new[] { "f16", "bf16", "f32", "f64" })
        {
            float[] expected = name == "bf16" ? [.. values.Select(v => v == 65504f ? 65536f : v)] : values;

            Assert.Equal(expected.Select(BitConverter.SingleToInt32Bits), file.ReadFloat32(name).Select(BitConverter.SingleToInt32Bits));
            Assert.Equal(expected.Select(v => (double)v), file.ReadFloat64(name));
        }
    }

    [Fact]
    public void ReadFloat32_BlockLargerThanTheBuffer_EqualsWholeRead()
    {
        using var folder = new TemporaryFolder();
        float[] values = [.. Enumerable.Range(0, 70_001).Select(i => (float)(i % 251))];
        using SafetensorsFile file = OpenFloats(folder, values);

        foreach (string name in new[] { "f16", "bf16", "f32", "f64" })
        {
            float[] part = new float[50_000];
            file.ReadFloat32(name, 20_001, part);

            Assert.Equal(values, file.ReadFloat32(name));
            Assert.Equal(values[20_001..], part);
        }
    }

    [Fact]
    public void ReadInt64_EveryIntegerType_Converts()
    {
        (string Type, byte[] Bytes, long[] Values)[] cases =
        [
            ("BOOL", [1, 0], [1, 0]),
            ("U8", [255, 1], [255, 1]),
            ("I8", [255, 1], [-1, 1]),
            ("I16", [254, 255], [-2]),
            ("U16", [254, 255], [65534]),
            ("I32", [0, 0, 0, 128], [int.MinValue]),
            ("U32", [0, 0, 0, 128], [2147483648]),
            ("I64", [255, 255, 255, 255, 255, 255, 255, 255], [-1]),
            ("U64", [255, 255, 255, 255, 255, 255, 255, 127], [long.MaxValue]),
        ];
        using var folder = new TemporaryFolder();
        foreach ((string type, byte[] bytes, long[] values) in cases)
        {
            using SafetensorsFile file = SafetensorsFile.Open(Write(folder, Header(type, values.Length, bytes.Length), bytes));

            Assert.Equal(values, file.ReadInt64("a"));
            Assert.Equal(bytes, file.ReadBytes("a"));
        }
    }

    [Theory]
    [InlineData("F8_E4M3")]
    [InlineData("F8_E5M2")]
    [InlineData("F8_E8M0")]
    [InlineData("U8")]
    public void ReadFloat32_OtherType_IsRefusedByName(string type)
    {
        using var folder = new TemporaryFolder();
        using SafetensorsFile file = SafetensorsFile.Open(Write(folder, Header(type, 2, 2), [1, 2]));

        InputException error = Assert.Throws<InputException>(() => file.ReadFloat32("a"));

        Assert.EndsWith($"a: expected F16, BF16, F32 or F64 to convert to F32, found {type}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reads_ValueThatDoesNotFit_IsRefused()
    {
        using var folder = new TemporaryFolder();
        using SafetensorsFile unsigned = SafetensorsFile.Open(Write(folder, Header("U64", 1, 8), [.. Enumerable.Repeat((byte)255, 8)]));
        using SafetensorsFile boolean = SafetensorsFile.Open(Write(folder, Header("BOOL", 1, 1), [2]));
        using SafetensorsFile wide = SafetensorsFile.Open(Write(folder, Header("U32", 1, 4), [0, 0, 0, 128]));

        Assert.Throws<InputException>(() => unsigned.ReadInt64("a"));
        Assert.Throws<InputException>(() => boolean.ReadInt64("a"));
        Assert.Throws<InputException>(() => wide.ReadInt32("a"));
        Assert.Throws<InputException>(() => wide.ReadInt64("b"));
    }

    [Fact]
    public void ReadFloat32_FileShrunkAfterOpening_Throws()
    {
        using var folder = new TemporaryFolder();
        string path = Write(folder, TwoFloats, new byte[8]);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        using (FileStream stream = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            stream.SetLength(stream.Length - 1);
        }

        Assert.Throws<InputException>(() => file.ReadFloat32("a"));
    }

    [Fact]
    public void Open_ScalarEmptyAndMetadata_AreRead()
    {
        using var folder = new TemporaryFolder();
        const string Header = """{"__metadata__":{"format":"pt"},"s":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"e":{"dtype":"F32","shape":[0,3],"data_offsets":[4,4]}}   """;
        using SafetensorsFile file = SafetensorsFile.Open(Write(folder, Header, [0, 0, 128, 63]));

        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal([1f], file.ReadFloat32("s"));
        Assert.Empty(file.ReadFloat32("e"));
        Assert.Equal([0L, 3L], file["e"].Shape);
    }

    [Fact]
    [Trait("Category", Goldens.Category)]
    public void Open_EveryGoldenFile_ReadsEveryTensor()
    {
        string[] paths = Directory.GetFiles(Goldens.Root, "*.safetensors", SearchOption.AllDirectories);
        foreach (string path in paths)
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            foreach (SafetensorsEntry entry in file.Entries)
            {
                Assert.Equal(entry.ByteLength, file.ReadBytes(entry.Name).Length);
            }
        }

        Assert.NotEmpty(paths);
    }

    private static string Header(string type, int length, int bytes) => $$"""{"a":{"dtype":"{{type}}","shape":[{{length}}],"data_offsets":[0,{{bytes}}] } }""";

    /// <summary>The values as tensors f16, bf16, f32 and f64 of one file.</summary>
    private static SafetensorsFile OpenFloats(TemporaryFolder folder, float[] values)
    {
        using var data = new MemoryStream();
        using var writer = new BinaryWriter(data);
        foreach (float value in values)
        {
            writer.Write((Half)value);
        }

        foreach (float value in values)
        {
            // The values of these tests are BF16 numbers but for 65504, which rounds up to 65536.
            uint bits = BitConverter.SingleToUInt32Bits(value);
            writer.Write((ushort)((bits + 0x8000) >> 16));
        }

        foreach (float value in values)
        {
            writer.Write(value);
        }

        foreach (float value in values)
        {
            writer.Write((double)value);
        }

        int n = values.Length;
        string header = $$"""
            {"f16":{"dtype":"F16","shape":[{{n}}],"data_offsets":[0,{{2 * n}}]},"bf16":{"dtype":"BF16","shape":[{{n}}],"data_offsets":[{{2 * n}},{{4 * n}}]},
            "f32":{"dtype":"F32","shape":[{{n}}],"data_offsets":[{{4 * n}},{{8 * n}}]},"f64":{"dtype":"F64","shape":[{{n}}],"data_offsets":[{{8 * n}},{{16 * n}}] } }
            """;
        return SafetensorsFile.Open(Write(folder, header, data.ToArray()));
    }

    private static string Write(TemporaryFolder folder, string header, byte[] data)
    {
        string path = folder.File($"{Guid.NewGuid():N}.safetensors");
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] bytes = new byte[8 + json.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, 8);
        data.CopyTo(bytes, 8 + json.Length);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
