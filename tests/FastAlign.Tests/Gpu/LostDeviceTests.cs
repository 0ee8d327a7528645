using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Gpu;
using FastAlign.IO.Datasets;
using FastAlign.Kernels.Device;
using ILGPU.Runtime.OpenCL;
using Xunit;

namespace FastAlign.Tests.Gpu;

/// <summary>A device that fails in the middle of a run, as ILGPU reports it: the run ends with a message, and its last checkpoint leads to the bits of an undisturbed run.</summary>
[Collection(DeviceCollection.Name)]
public sealed class LostDeviceTests(TestDevices devices) : IDisposable
{
    private const int Steps = 3;

    private readonly string _folder = Directory.CreateTempSubdirectory("fastalign-lost-").FullName;

    [Fact]
    public void Run_DeviceLostAtAnUpdate_KeepsTheLastCheckpoint()
    {
        Execute("undisturbed", isResumed: false, losesDevice: false);

        RunException failure = Assert.Throws<RunException>(() => Execute("lost", isResumed: false, losesDevice: true));

        Assert.Contains("failed at launch of adamw", failure.Message, StringComparison.Ordinal);
        Assert.Contains("CL_OUT_OF_RESOURCES", failure.Message, StringComparison.Ordinal);
        Assert.Contains("The last checkpoint is intact; resume from it", failure.Message, StringComparison.Ordinal);
        Assert.Single(File.ReadLines(Path.Combine(_folder, "lost", "metrics.jsonl")));
        Execute("lost", isResumed: true, losesDevice: false);
        (byte[] weights, string metrics) = Result("lost");
        (byte[] expected, string expectedMetrics) = Result("undisturbed");
        Assert.Equal(expectedMetrics, metrics);
        Assert.True(expected.AsSpan().SequenceEqual(weights), "the weights differ");
    }

    /// <summary>What unwinding frees on a lost device must not hide the error that ended the run.</summary>
    [Fact]
    public void Release_LostDevice_SaysNothing() => DeviceFailure.Release(new Lost());

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private (byte[] Weights, string Metrics) Result(string name) =>
        (File.ReadAllBytes(Path.Combine(_folder, name, "model", "model.safetensors")), File.ReadAllText(Path.Combine(_folder, name, "metrics.jsonl")));

    private void Execute(string name, bool isResumed, bool losesDevice)
    {
        string samples = Path.Combine(AppContext.BaseDirectory, "samples");
        var options = new RunOptions
        {
            Model = Path.Combine(samples, "stories260k"),
            Dataset = Path.Combine(samples, "hh-rlhf", "helpful-base.short.jsonl"),
            OutputFolder = Path.Combine(_folder, name),
            IsResumed = isResumed,
            MaxSamples = 10,
            EvalSize = 2,
            MaxLength = 64,
            Lint = LintPolicy.Off,
            Device = () => Open(losesDevice),
            Training = new TrainingOptions { BatchSize = 2, MaxSteps = Steps, SaveSteps = 1, LearningRate = 1e-4 },
        };
        using var run = TrainingRun.Open(options, new DpoMethod(), new Silent());
        run.Execute();
    }

    /// <summary>A backend, or one whose device is lost in the second step: AdamW is two launches, weights that decay and those that do not.</summary>
    private DeviceBackend Open(bool losesDevice)
    {
        DeviceBackend backend = devices.OpenAlone(TestDevices.OpenCL);
        if (losesDevice)
        {
            KernelInfo<AdamWArguments> right = OptimizerKernels.AdamW;
            int launches = 0;
            int GroupsOrLoss(in AdamWArguments a) => ++launches < 3 ? right.Groups(a) : throw new CLException(CLError.CL_OUT_OF_RESOURCES);
            backend.Replace(right, new KernelInfo<AdamWArguments>(right.Name, right.Family, right.Entry, GroupsOrLoss, right.GroupSize));
        }

        return backend;
    }

    private sealed class Lost : IDisposable
    {
        public void Dispose() => throw new CLException(CLError.CL_OUT_OF_RESOURCES);
    }

    private sealed class Silent : IRunObserver
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
