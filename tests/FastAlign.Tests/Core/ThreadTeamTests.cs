using FastAlign.Cpu;

namespace FastAlign.Tests;

public sealed class ThreadTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void For_ManyLoops_RunsEveryIndexOnce(int threads)
    {
        using var team = new ThreadTeam(threads);
        int[] counts = new int[257];
        for (int loop = 1; loop <= 300; loop++)
        {
            // Pauses let the workers fall asleep now and then, so that both ways of waking are taken.
            if (loop % 100 == 0)
            {
                using var pause = new ManualResetEventSlim();
                pause.Wait(20);
            }

            var action = new Count(counts);
            team.For(loop % counts.Length, ref action);
        }

        for (int i = 0; i < counts.Length; i++)
        {
            Assert.Equal(Enumerable.Range(1, 300).Count(loop => loop % counts.Length > i), counts[i]);
        }
    }

    [Fact]
    public void For_ThreadNumbers_StayBelowTheTeamSize()
    {
        using var team = new ThreadTeam(3);
        int[] seen = new int[3];
        var action = new Mark(seen);

        team.For(1000, ref action);

        Assert.Equal(1000, seen.Sum());
    }

    [Fact]
    public void For_FailingPiece_ThrowsOnTheCallerAndLeavesTheTeamUsable()
    {
        using var team = new ThreadTeam(2);
        var failing = new Fail();

        InvalidOperationException failure = Assert.Throws<InvalidOperationException>(() => team.For(100, ref failing));
        int[] counts = new int[10];
        var counting = new Count(counts);
        team.For(10, ref counting);

        Assert.Equal("piece 7", failure.InnerException!.Message);
        Assert.All(counts, n => Assert.Equal(1, n));
    }

    private readonly struct Count(int[] counts) : IParallelAction
    {
        public void Run(int index, int thread) => Interlocked.Increment(ref counts[index]);
    }

    private readonly struct Mark(int[] seen) : IParallelAction
    {
        public void Run(int index, int thread) => Interlocked.Increment(ref seen[thread]);
    }

    private readonly struct Fail : IParallelAction
    {
        public void Run(int index, int thread)
        {
            if (index == 7)
            {
                throw new ArithmeticException("piece 7");
            }
        }
    }
}
