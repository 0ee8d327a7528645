using FastAlign.Models;
using TorchSharp;

namespace FastAlign.Peers;

/// <summary>A batch of preference pairs of equal lengths as TRL collates it: all chosen sequences, then all rejected ones, with a mask over completions.</summary>
internal sealed class TorchPairs : IDisposable
{
    private readonly int _pairs;
    private readonly long _firstRow;
    private readonly torch.Tensor _inputs;
    private readonly torch.Tensor _targets;
    private readonly torch.Tensor _mask;

    /// <param name="examples">The pairs.</param>
    /// <param name="rows">Which positions meet the vocabulary.</param>
    public TorchPairs(PreferenceExample[] examples, ScoredRows rows)
    {
        _pairs = examples.Length;
        _firstRow = rows == ScoredRows.Completions ? examples[0].Prompt.Length - 1 : 0;
        int[][] sequences = [.. examples.Select(pair => pair.Prompt.Concat(pair.Chosen).ToArray()), .. examples.Select(pair => pair.Prompt.Concat(pair.Rejected).ToArray())];
        long length = sequences[0].Length;
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor ids = torch.tensor(sequences.SelectMany(row => row).Select(id => (long)id).ToArray()).view(sequences.Length, length);
        _inputs = ids.MoveToOuterDisposeScope();
        _targets = ids.narrow(1, _firstRow + 1, length - 1 - _firstRow).contiguous().MoveToOuterDisposeScope();
        _mask = (torch.arange(_firstRow + 1, length) >= examples[0].Prompt.Length).to(torch.float32).MoveToOuterDisposeScope();
    }

    /// <summary>[P] log-probability of each chosen completion less that of the rejected one, nats.</summary>
    public torch.Tensor LogRatios(TorchLlama model)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor hidden = model.Hidden(_inputs);
        torch.Tensor logProbs = LogProbs(model.Logits(hidden.narrow(1, _firstRow, _targets.shape[1])), _targets);
        torch.Tensor sums = (logProbs * _mask).sum(-1);
        return (sums.narrow(0, 0, _pairs) - sums.narrow(0, _pairs, _pairs)).MoveToOuterDisposeScope();
    }

    /// <summary>[B, T] log-probability of each target.</summary>
    private static torch.Tensor LogProbs(torch.Tensor logits, torch.Tensor targets) =>
        logits.log_softmax(-1).gather(-1, targets.unsqueeze(-1)).squeeze(-1);

    public void Dispose()
    {
        _inputs.Dispose();
        _targets.Dispose();
        _mask.Dispose();
    }
}

/// <summary>Positions of which logits are computed.</summary>
internal enum ScoredRows
{
    /// <summary>All of them; a mask drops the prompt's afterwards.</summary>
    All,

    /// <summary>Those that predict a completion's token.</summary>
    Completions,
}
