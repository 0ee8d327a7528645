using System.Text.Json.Nodes;
using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.IO.Checkpoints;
using FastAlign.IO.Datasets;
using FastAlign.IO.Tokenizers;
using FastAlign.Models;

namespace FastAlign;

/// <summary>What a method adds to <see cref="TrainingRun"/>: its options, its reading of the rows, its loss. One record per command of the tool.</summary>
public abstract record TrainingMethod
{
    /// <summary>sft, dpo, ...</summary>
    internal abstract string Name { get; }

    /// <summary>Whether the loss compares the policy with a reference.</summary>
    internal abstract bool NeedsReference { get; }

    /// <summary>Adds the options that decide the result.</summary>
    internal abstract void Describe(JsonObject settings);

    /// <summary>Tokenised rows.</summary>
    /// <param name="rows">Of one file, or the held-out part of it.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="run">Lengths and truncation.</param>
    internal abstract MethodData Read(DataRow[] rows, RowTokenizer tokenizer, RunOptions run);

    /// <summary>Tokenised rows to evaluate on, where they are read otherwise than those to train on.</summary>
    internal virtual MethodData ReadEvaluation(DataRow[] rows, RowTokenizer tokenizer, RunOptions run) => Read(rows, tokenizer, run);

    /// <summary>Rows with what the model that training starts from says of them.</summary>
    /// <param name="train">Rows to train on.</param>
    /// <param name="evaluation">Rows to evaluate on, or null.</param>
    /// <param name="model">The model, untrained.</param>
    /// <param name="maxLength">Longest sequence.</param>
    /// <param name="run">Reference, threads, folders.</param>
    internal virtual (MethodData Train, MethodData? Evaluation) Annotate(
        MethodData train, MethodData? evaluation, LoadedModel model, int maxLength, RunOptions run) => (train, evaluation);

    /// <summary>The model to train: the checkpoint as it is, unless the method gives it another head.</summary>
    /// <param name="run">Folder and seed.</param>
    /// <param name="backend">Where the weights go.</param>
    internal virtual LoadedModel Load(RunOptions run, Backend backend) => HfCheckpoint.Load(run.Model, backend);

    /// <summary>Writes the trained model.</summary>
    internal virtual void Save(string folder, LoadedModel model) => HfCheckpoint.Save(folder, model, new SaveOptions { ReplacesModel = true });

    /// <summary>A loss of its own for every task: losses keep buffers.</summary>
    internal abstract ILoss CreateLoss();

    /// <summary>Checkpoint of the model to distil from, or null.</summary>
    internal virtual string? TeacherFolder => null;

    /// <summary>Whether only the score head learns, on hidden states that are computed once.</summary>
    internal virtual bool IsTrunkFrozen => false;

    /// <summary>Folder of those hidden states; null keeps them in the run folder.</summary>
    internal virtual string? EmbeddingFolder => null;

    /// <summary>Checkpoint that a value network starts from, or null where the method has none.</summary>
    internal virtual string? ValueFolder(RunOptions run) => null;

    /// <summary>How it learns.</summary>
    internal virtual ValueOptions Values => throw new InvalidOperationException($"{Name} has no value network");

    /// <summary>Whether the teacher must have the policy's tokens.</summary>
    internal virtual bool SharesVocabulary => true;

    /// <summary>The teacher and how the policy is compared with it.</summary>
    /// <param name="teacher">Its model.</param>
    /// <param name="teacherTokenizer">Its tokenizer.</param>
    /// <param name="policy">What learns.</param>
    /// <param name="policyTokenizer">The policy's tokenizer.</param>
    internal virtual Teacher CreateTeacher(DecoderModel teacher, Tokenizer teacherTokenizer, DecoderSpec policy, Tokenizer policyTokenizer) =>
        throw new InvalidOperationException($"{Name} has no teacher");
}

/// <summary>Rows after tokenisation.</summary>
/// <param name="Data">Examples to batch.</param>
/// <param name="Lint">What the linter found.</param>
/// <param name="LongestTokens">Length of the longest sequence.</param>
/// <param name="Prompts">A few prompts to show continuations of; none for models that do not write.</param>
internal sealed record MethodData(ITrainingData Data, LintReport Lint, int LongestTokens, IReadOnlyList<int[]> Prompts)
{
    /// <summary>The sequences of an example, in the order of <see cref="ITrainingData.Build"/>, where all tokens of each completion are scored: keys of the reference cache.</summary>
    public Func<int, IReadOnlyList<Completion>>? Completions { get; init; }
}

/// <summary>A scored completion and what it continues.</summary>
internal readonly record struct Completion(int[] Prompt, int[] Tokens);
