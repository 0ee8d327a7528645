using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.IO.Datasets;

namespace FastAlign.Tests.Runs;

/// <summary>Runs that cannot be opened.</summary>
public sealed class TrainingRunTests
{
    /// <summary>The model is loaded before its reference is looked for: nothing of it stays in memory.</summary>
    [Fact]
    public void Open_ReferenceMissing_GivesTheModelBack()
    {
        string samples = Path.Combine(AppContext.BaseDirectory, "samples");
        CpuBackend? backend = null;
        var options = new RunOptions
        {
            Model = Path.Combine(samples, "stories260k"),
            Dataset = Path.Combine(samples, "hh-rlhf", "helpful-base.short.jsonl"),
            OutputFolder = Path.Combine(samples, "none"),
            MaxSamples = 20,
            Device = () => backend = new CpuBackend(1),
            Reference = new ReferenceOptions { Model = Path.Combine(samples, "no-such-model") },
            Training = new TrainingOptions { MaxSteps = 1 },
        };

        Assert.Throws<InputException>(() => TrainingRun.Open(options, new DpoMethod(), new Silence()));

        Assert.True(backend!.PeakBytes > backend.WorkspaceBytes);
        Assert.Equal(0, backend.LiveBuffers);
    }

    private sealed class Silence : IRunObserver
    {
        public void OnLint(string file, int examples, LintReport report)
        {
        }

        public void OnStart(RunStart start)
        {
        }

        public void OnStep(TrainingReport report)
        {
        }

        public void OnEvaluation(TrainingReport report)
        {
        }

        public void OnCheckpoint(string path)
        {
        }

        public void OnMessage(string message)
        {
        }
    }
}
