using FastAlign.Core;
using FastAlign.Gpu;
using FastAlign.Kernels.Device;
using Xunit;

namespace FastAlign.Tests.Gpu;

public sealed class DeviceSelectionTests
{
    [Theory]
    [InlineData("cuda", DeviceKind.Cuda, 0)]
    [InlineData("cuda:3", DeviceKind.Cuda, 3)]
    [InlineData("opencl:1", DeviceKind.OpenCL, 1)]
    [InlineData("simulator", DeviceKind.Simulator, 32)]
    [InlineData("simulator:4", DeviceKind.Simulator, 4)]
    public void Parse_Name_IsRead(string text, DeviceKind kind, int number) => Assert.Equal(new DeviceSelection(kind, number), DeviceSelection.Parse(text));

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:1:2")]
    [InlineData("simulator:0")]
    [InlineData("simulator:3")]
    public void Parse_BadName_IsRefusedByName(string text) =>
        Assert.Contains($"'{text}'", Assert.Throws<InputException>(() => DeviceSelection.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Open_DeviceThatIsNotThere_SaysWhatIs()
    {
        InputException refusal = Assert.Throws<InputException>(() => new DeviceBackend(new DeviceSelection(DeviceKind.Cuda, 99)));

        Assert.Contains("CUDA devices, got 99; found", refusal.Message, StringComparison.Ordinal);
    }
}
