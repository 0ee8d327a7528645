using FastAlign.Models;
using TorchSharp;

namespace FastAlign.Peers;

/// <summary>TorchSharp's side of a training step: gradients freed, loss, backward, clip_grad_norm_, AdamW.</summary>
internal sealed class TorchTrainer : ISide
{
    private readonly TorchLlama _policy;
    private readonly IDisposable _data;
    private readonly Func<TorchLlama, torch.Tensor> _loss;
    private readonly TorchAdamW _optimizer;

    /// <param name="spec">The model; its weights are random.</param>
    /// <param name="threads">Threads of libtorch, from here on.</param>
    /// <param name="maxLength">Longest sequence.</param>
    /// <param name="data">What the loss reads; disposed with the trainer.</param>
    /// <param name="loss">The loss of a policy, with its graph.</param>
    public TorchTrainer(DecoderSpec spec, int threads, int maxLength, IDisposable data, Func<TorchLlama, torch.Tensor> loss)
    {
        torch.set_num_threads(threads);
        _policy = new TorchLlama(spec, TrainingRecipe.PolicySeed, isTrained: true, maxLength);
        (_data, _loss) = (data, loss);
        _optimizer = new TorchAdamW(_policy.Parameters, TrainingRecipe.LearningRate);
    }

    public IReadOnlyList<double> Results { get; private set; } = [];

    public double Run() => Times.Measure(() =>
    {
        using DisposeScope scope = torch.NewDisposeScope();
        _optimizer.ClearGradients();
        torch.Tensor loss = _loss(_policy);
        loss.backward();
        double norm = torch.nn.utils.clip_grad_norm_(_policy.Parameters, TrainingRecipe.MaxGradNorm);
        _optimizer.Step();
        Results = [loss.item<float>(), norm];
    });

    public void Dispose()
    {
        _optimizer.Dispose();
        _policy.Dispose();
        _data.Dispose();
    }
}
