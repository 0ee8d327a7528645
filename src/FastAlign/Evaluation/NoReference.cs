using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign;

/// <summary>A reference that gives every token probability 1: rewards are then the policy's own log-probs times beta.</summary>
internal sealed class NoReference : IReferenceLogProbs
{
    public void Compute(in BatchTensors batch, ReadOnlySpan<int> examples, Arena arena, Span<double> logProbs) => logProbs.Clear();
}
