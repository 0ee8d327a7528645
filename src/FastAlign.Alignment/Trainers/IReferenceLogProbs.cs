using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>Log-probs of the scored rows under the frozen reference policy.</summary>
public interface IReferenceLogProbs
{
    /// <summary>Fills the log-probs of a batch.</summary>
    /// <param name="batch">The batch on the backend.</param>
    /// <param name="examples">Which examples it was built from.</param>
    /// <param name="arena">Scratch; left as it was found.</param>
    /// <param name="logProbs">[R] output, nats.</param>
    void Compute(in BatchTensors batch, ReadOnlySpan<int> examples, Arena arena, Span<double> logProbs);
}

/// <summary>The reference as a second set of weights, run forward without keeping activations. With equal weights its log-probs are the policy's, bit for bit.</summary>
public sealed class FrozenReference(DecoderModel model) : IReferenceLogProbs
{
    private readonly LogProbHead _head = new(model);
    private readonly DecoderActivations _nothing = new();

    internal DecoderModel Model => model;

    /// <summary>Its weights.</summary>
    public ParameterSet Parameters => model.Parameters;

    /// <summary><c>reference = (1 - alpha) reference + alpha policy</c>; with alpha 1 a copy, bit for bit.</summary>
    public void MoveTowards(ParameterSet policy, double alpha)
    {
        IOps ops = model.Backend.Ops;
        if (alpha == 1)
        {
            ops.Copy(policy.All, Parameters.All);
            return;
        }

        ops.Scale(Parameters.All, 1 - alpha);
        ops.Add(policy.All, alpha, Parameters.All);
    }

    public void Compute(in BatchTensors batch, ReadOnlySpan<int> examples, Arena arena, Span<double> logProbs)
    {
        long mark = arena.Mark();
        Tensor hidden = model.Forward(batch, ActivationMode.None, _nothing, arena);
        HeadActivations head = _head.Forward(hidden, batch, HeadStatistics.None, arena);
        model.Backend.DownloadReal(head.Outputs.LogProb, logProbs);
        arena.Release(mark);
    }
}

/// <summary>The reference as a table: each example's log-probs, computed once before training. Needs no second set of weights.</summary>
public sealed class ReferenceTable : IReferenceLogProbs
{
    private readonly ITrainingData? _data;
    private readonly IReadOnlyList<double[]> _rows = [];
    private readonly IReadOnlyDictionary<(int Example, int Form), double[]> _forms = new Dictionary<(int, int), double[]>();

    /// <param name="rows">Per example, the log-probs of its scored rows in the order of <see cref="ITrainingData.Build"/>.</param>
    public ReferenceTable(IReadOnlyList<double[]> rows) => _rows = rows;

    /// <param name="data">Tells the present form of an example.</param>
    /// <param name="forms">The same for every form of every example that will be built.</param>
    public ReferenceTable(ITrainingData data, IReadOnlyDictionary<(int Example, int Form), double[]> forms) => (_data, _forms) = (data, forms);

    public void Compute(in BatchTensors batch, ReadOnlySpan<int> examples, Arena arena, Span<double> logProbs)
    {
        int next = 0;
        foreach (int example in examples)
        {
            double[] rows = _data is null ? _rows[example] : _forms[(example, _data.FormOf(example))];
            rows.CopyTo(logProbs[next..]);
            next += rows.Length;
        }
    }
}
