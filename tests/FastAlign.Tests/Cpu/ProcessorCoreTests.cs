using FastAlign.Cpu;

namespace FastAlign.Tests.Cpu;

public sealed class ProcessorCoreTests
{
    [Fact]
    public void Leave_TheCoreItIsOn_MovesTheThreadAndLeavesItFreeToReturn()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Equal(ProcessorCore.Unknown, ProcessorCore.Current);
            return;
        }

        if (Environment.ProcessorCount == 1)
        {
            int only = ProcessorCore.Current;
            ProcessorCore.Leave(only);
            Assert.Equal(only, ProcessorCore.Current);
            return;
        }

        // The system may move the thread back between two lines, so that not every try need succeed; from core to core there and back proves that none is barred.
        const int Tries = 200;
        int moves = 0;
        var left = new HashSet<int>();
        for (int i = 0; i < Tries; i++)
        {
            int core = ProcessorCore.Current;
            ProcessorCore.Leave(core);
            if (ProcessorCore.Current != core)
            {
                moves++;
                left.Add(core);
            }
        }

        Assert.InRange(moves, Tries / 2, Tries);
        Assert.InRange(left.Count, 2, Environment.ProcessorCount);
    }

    [Fact]
    public void Leave_UnknownCore_DoesNothing()
    {
        ProcessorCore.Leave(ProcessorCore.Unknown);
        ProcessorCore.Leave(int.MaxValue);
    }
}
