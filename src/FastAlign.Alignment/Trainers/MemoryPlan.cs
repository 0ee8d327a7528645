using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// Bytes a run takes, exactly, before it starts: the training code itself, run on <see cref="NullBackend"/>. The total equals the backend's peak.
/// </summary>
public sealed record MemoryPlan
{
    /// <summary>The policy's parameters.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>A frozen copy of them, the weights of a teacher, and those of a trunk that stands still; 0 when the reference is a table or absent, and there is neither.</summary>
    public required long ReferenceBytes { get; init; }

    public required long GradientBytes { get; init; }

    /// <summary>Both moments of AdamW.</summary>
    public required long MomentBytes { get; init; }

    /// <summary>Rotary tables.</summary>
    public required long TableBytes { get; init; }

    /// <summary>Activations and scratch of the largest micro-batch.</summary>
    public required long ArenaBytes { get; init; }

    /// <summary>Packing buffers and tiles of the backend; independent of model and data.</summary>
    public required long WorkspaceBytes { get; init; }

    /// <summary>Weights, gradients, moments and tables of a value network that learns beside the policy; 0 without one.</summary>
    public long ValueBytes { get; init; }

    /// <summary>Activations and scratch of its largest micro-batch.</summary>
    public long ValueArenaBytes { get; init; }

    /// <summary>What the trunk's forward pass takes before training, where it stands still; given back before gradients and moments are taken.</summary>
    public long PreparationBytes { get; init; }

    public long TotalBytes =>
        WeightBytes + ReferenceBytes + WorkspaceBytes
        + Math.Max(PreparationBytes, ValueBytes + ValueArenaBytes + GradientBytes + MomentBytes + TableBytes + ArenaBytes);

    /// <summary>Plans a training run.</summary>
    /// <param name="spec">The model.</param>
    /// <param name="parameters">Its parameters (names and shapes).</param>
    /// <param name="maxLength">Longest sequence.</param>
    /// <param name="like">The backend it will run on.</param>
    /// <param name="train">What it will train on.</param>
    /// <param name="eval">What it will evaluate on, or null.</param>
    /// <param name="options">Batch sizes, order, activations.</param>
    public static MemoryPlan Of(
        DecoderSpec spec, IReadOnlyList<ParameterSpec> parameters, int maxLength, Backend like, TrainingTask train, TrainingTask? eval, TrainingOptions options)
    {
        using var nothing = new NullBackend(like);
        using var weights = new ParameterSet(nothing, parameters);
        using var model = new DecoderModel(spec, weights, maxLength);
        using var gradients = new ParameterSet(nothing, parameters);
        long set = weights.ByteLength;
        long tables = nothing.LiveBytes - nothing.WorkspaceBytes - (2 * set);
        using var reference = new ModelTwin((train.Reference as FrozenReference ?? eval?.Reference as FrozenReference)?.Model, nothing);
        using var teacher = new ModelTwin(train.Teacher?.Model, nothing);
        using var values = ValueTwin.Of(train.Values, nothing, options);
        using var pass = new TrainingPass(model, new DecoderGradients(spec, gradients), options.Activations, Arena.Unlimited);
        var metrics = new MetricAccumulator(MetricAveraging.Items);

        var order = new DataOrder(train.Data.Count, options);
        foreach ((IReadOnlyList<int[]> step, int[] batch) in Largest(train, Enumerable.Range(0, order.TotalSteps).Select(order.Step)))
        {
            train.Data.Begin(step);
            TrainingTask task = OnNothing(train, reference, teacher, values);
            pass.Train(task, train.Data.Build(batch), batch, train.Data.Counts(batch), metrics);
            if (train.Loss.IsCoupled)
            {
                pass.Evaluate(task, train.Data.Build(batch), batch, train.Data.Counts(batch), metrics);
            }

            values.Network?.Step(train.Data, [batch], 0, metrics);
        }

        if (eval is not null)
        {
            foreach ((_, int[] batch) in Largest(eval, [[.. Evaluator.Batches(eval.Data.Count, options.BatchSize)]]))
            {
                pass.Evaluate(OnNothing(eval, reference, teacher, values), eval.Data.Build(batch), batch, eval.Data.Counts(batch), metrics);
            }
        }

        return new MemoryPlan
        {
            WeightBytes = set,
            ReferenceBytes = reference.WeightBytes + teacher.WeightBytes + (train.Embeddings?.TrunkBytes ?? 0),
            PreparationBytes = Math.Max(train.Embeddings?.PreparationBytes ?? 0, eval?.Embeddings?.PreparationBytes ?? 0),
            GradientBytes = set,
            MomentBytes = 2 * set,
            TableBytes = tables + reference.TableBytes + teacher.TableBytes,
            ArenaBytes = pass.HighWaterBytes,
            ValueBytes = values.Bytes,
            ValueArenaBytes = values.Network?.HighWaterBytes ?? 0,
            WorkspaceBytes = nothing.WorkspaceBytes,
        };
    }

    /// <summary>The same task with models that live on the planning backend, and a loss that looks at nothing.</summary>
    private static TrainingTask OnNothing(TrainingTask task, ModelTwin reference, ModelTwin teacher, ValueTwin values) => task with
    {
        Loss = new NoLoss(task.Loss.Heads),
        Reference = task.Reference is FrozenReference ? new FrozenReference(reference.Model!) : null,
        Teacher = teacher.Model is null ? null : task.Teacher?.With(teacher.Model),
        Values = values.Network,
    };

    /// <summary>
    /// Memory grows with tokens and with scored rows, of the policy and of a teacher or a value network that reads other tokens, and depends on nothing else: batches that
    /// another exceeds in all of them need no dry run.
    /// </summary>
    private static List<(IReadOnlyList<int[]> Step, int[] Batch)> Largest(TrainingTask task, IEnumerable<IReadOnlyList<int[]>> steps)
    {
        var front = new List<(Demand Demand, IReadOnlyList<int[]> Step, int[] Batch)>();
        foreach (IReadOnlyList<int[]> step in steps)
        {
            task.Data.Begin(step);
            foreach (int[] batch in step)
            {
                TokenBatch built = task.Data.Build(batch);
                (int tokens, int rows) = task.Teacher?.Demand(task.Data, batch) ?? default;
                var demand = new Demand(built.TokenCount, built.RowCount, tokens, rows, task.Values?.Demand(task.Data, batch) ?? 0);
                if (!front.Exists(f => f.Demand.Covers(demand)))
                {
                    front.RemoveAll(f => demand.Covers(f.Demand));
                    front.Add((demand, step, batch));
                }
            }
        }

        return front.ConvertAll(f => (f.Step, f.Batch));
    }

    private readonly record struct Demand(int Tokens, int Rows, int TeacherTokens, int TeacherRows, int ValuedTokens)
    {
        public bool Covers(Demand other) =>
            Tokens >= other.Tokens && Rows >= other.Rows && TeacherTokens >= other.TeacherTokens && TeacherRows >= other.TeacherRows
            && ValuedTokens >= other.ValuedTokens;
    }

    private sealed class NoLoss(ModelHeads heads) : ILoss
    {
        public string Name => "none";

        public bool NeedsReference => false;

        public ModelHeads Heads => heads;

        public IReadOnlyList<string> Warnings => [];

        public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
        {
            gradients.LogProb.Clear();
            gradients.Entropy.Clear();
            gradients.Scores.Clear();
            gradients.Embeddings.Clear();
            gradients.ScoreWeights.Clear();
            gradients.Divergence.Clear();
            gradients.TemperedLogProb.Clear();
            return 0;
        }
    }
}
