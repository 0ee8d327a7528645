using FastAlign.Core;
using FastAlign.Cpu;
using Xunit;

namespace FastAlign.Tests.Cpu;

/// <summary>What attention takes and refuses.</summary>
public sealed class AttentionTests
{
    [Fact]
    public void Attention_SteadyState_AllocatesNothing()
    {
        AttentionCase problem = AttentionCase.Training(AttentionCase.Forest((70, -1), (20, 0), (30, 0)), 4, 2, 16);
        using var backend = new CpuBackend(2);
        using var session = new AttentionSession(problem, backend);
        session.Forward();
        session.Backward();
        long before = GC.GetAllocatedBytesForCurrentThread();

        session.Forward();
        session.Backward();

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Workspace_AttentionScratch_IsCountedPerThread()
    {
        using var one = new CpuBackend(1);
        using var three = new CpuBackend(3);

        Assert.True(three.WorkspaceBytes - one.WorkspaceBytes >= 2L * AttentionScratch.FloatsPerThread * sizeof(float));
    }

    [Fact]
    public void AttentionForward_HeadsWiderThan256_NamesTheTensor()
    {
        AttentionCase problem = AttentionCase.Training(AttentionCase.Forest((2, -1)), 1, 1, 257);
        using var backend = new CpuBackend(1);
        using var session = new AttentionSession(problem, backend);

        ShapeException error = Assert.Throws<ShapeException>(session.Forward);

        Assert.Contains("[attention] q: expected heads of at most 256", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Layout_IsOnPath_HoldsForAncestorsOnly()
    {
        // 0 - 1 - 3
        //  \- 2 - 4      5
        var layout = new AttentionLayout(AttentionCase.Forest((1, -1), (1, 0), (1, 0), (1, 1), (1, 2), (1, -1)), []);
        string[] expected = ["0", "01", "02", "013", "024", "5"];

        for (int s = 0; s < expected.Length; s++)
        {
            Assert.Equal(expected[s], string.Concat(Enumerable.Range(0, expected.Length).Where(a => layout.IsOnPath(a, s))));
        }
    }
}
