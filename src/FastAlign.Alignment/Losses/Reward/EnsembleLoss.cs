using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// Several reward models in one head of N scores: <c>mean_k L(scores of member k)</c>, each member on a bootstrap of its own, drawn once: an example weighs as
/// often as <see cref="Column.Member"/> says (online bagging: Oza and Russell, 2001). Where the trunk learns, members share it.
/// </summary>
/// <param name="inner">The loss of one member, of single scores.</param>
/// <param name="members">N, at least 2.</param>
public sealed class EnsembleLoss(ILoss inner, int members) : ILoss
{
    private readonly ColumnSet _columns = new();
    private double[] _scores = [];
    private double[] _dScores = [];

    public string Name => inner.Name;

    public bool NeedsReference => false;

    public bool IsCoupled => inner.IsCoupled;

    public ModelHeads Heads => ModelHeads.Score;

    public IReadOnlyList<string> Warnings => inner.Warnings;

    public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
    {
        gradients.ValidateScores(inputs.Rows, members);
        int rows = inputs.Rows;
        if (_scores.Length < rows)
        {
            (_scores, _dScores) = (new double[rows], new double[rows]);
        }

        double loss = 0;
        for (int k = 0; k < members; k++)
        {
            for (int t = 0; t < rows; t++)
            {
                _scores[t] = inputs.Scores[(t * members) + k];
            }

            var own = new LossInputs
            {
                LogProb = [],
                RowStarts = inputs.RowStarts,
                ExampleStarts = inputs.ExampleStarts,
                Scores = _scores.AsSpan(0, rows),
                Labels = 1,
                Columns = ColumnsOf(inputs, k),
            };
            loss += inner.Evaluate(own, step, new LossGradients { LogProb = [], Scores = _dScores.AsSpan(0, rows) }, metrics) / members;
            for (int t = 0; t < rows; t++)
            {
                gradients.Scores[(t * members) + k] = _dScores[t] / members;
            }
        }

        return loss;
    }

    /// <summary>What the data say, with the member's weights times their own.</summary>
    private ColumnSet ColumnsOf(in LossInputs inputs, int member)
    {
        _columns.Reset();
        if (inputs.Columns is not { } given)
        {
            return _columns;
        }

        _columns.Append(given);
        ReadOnlySpan<double> drawn = given.Values(Column.Member(member));
        ReadOnlySpan<double> weights = given.Values(Column.ExampleWeight);
        if (!drawn.IsEmpty)
        {
            Span<double> own = _columns.Take(Column.ExampleWeight, drawn.Length);
            for (int i = 0; i < own.Length; i++)
            {
                own[i] = drawn[i] * (weights.IsEmpty ? 1 : weights[i]);
            }
        }

        return _columns;
    }
}
