using FastAlign.Alignment;
using FastAlign.IO.Datasets;

namespace FastAlign;

/// <summary>Watches a run from opening to result: a terminal, a log, a user interface. Called on the thread that runs it.</summary>
public interface IRunObserver
{
    /// <summary>The linter has read a data file.</summary>
    void OnLint(string file, int examples, LintReport report);

    /// <summary>The run is about to start.</summary>
    void OnStart(RunStart start);

    /// <summary>A step was done.</summary>
    void OnStep(TrainingReport report);

    /// <summary>An evaluation was done; names start with <c>eval_</c>.</summary>
    void OnEvaluation(TrainingReport report);

    /// <summary>A checkpoint lies at <paramref name="path"/>.</summary>
    void OnCheckpoint(string path);

    /// <summary>Something worth knowing, in a sentence.</summary>
    void OnMessage(string message);
}

/// <summary>What is known before the first step.</summary>
/// <param name="Method">sft or dpo.</param>
/// <param name="Backend">Device and instruction set.</param>
/// <param name="Parameters">Trained numbers.</param>
/// <param name="TrainExamples">Examples trained on.</param>
/// <param name="EvalExamples">Examples evaluated on.</param>
/// <param name="TotalSteps">Optimizer steps.</param>
/// <param name="FirstStep">Steps already done (a resumed run).</param>
/// <param name="FirstTokens">Tokens already seen, as <c>num_tokens</c> counts them.</param>
/// <param name="Plan">Memory.</param>
public sealed record RunStart(string Method, string Backend, long Parameters, int TrainExamples, int EvalExamples, int TotalSteps, int FirstStep, long FirstTokens, MemoryPlan Plan);

/// <summary>What a run came to.</summary>
/// <param name="End">How it ended.</param>
/// <param name="ModelFolder">The trained model; null if the run was interrupted.</param>
/// <param name="Rows">Before and after, on the evaluation set; empty without one.</param>
/// <param name="Samples">Continuations before and after.</param>
public sealed record RunSummary(TrainingEnd End, string? ModelFolder, IReadOnlyList<ComparisonRow> Rows, IReadOnlyList<SamplePair> Samples);

/// <summary>A figure before and after training.</summary>
/// <param name="Metric">What it is.</param>
/// <param name="Before">With 95% interval.</param>
/// <param name="After">With 95% interval.</param>
/// <param name="Change">Mean paired difference with 95% interval.</param>
public sealed record ComparisonRow(Metric Metric, Estimate Before, Estimate After, Estimate Change);

/// <summary>Greedy continuations of one prompt by the model before and after training.</summary>
/// <param name="Prompt">Its text.</param>
/// <param name="Before">Continuation before.</param>
/// <param name="After">Continuation after.</param>
public sealed record SamplePair(string Prompt, string Before, string After);
