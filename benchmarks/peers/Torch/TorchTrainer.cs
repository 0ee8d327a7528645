using FastAlign.Models;
using TorchSharp;
using TorchSharp.Modules;

namespace FastAlign.Peers;

/// <summary>TorchSharp's side of a training step: gradients freed, loss, backward, clip_grad_norm_, AdamW.</summary>
internal sealed class TorchTrainer : ISide
{
    private readonly TorchLlama _policy;
    private readonly IDisposable _data;
    private readonly Func<TorchLlama, torch.Tensor> _loss;
    private readonly TorchAdamW _optimizer;
    private double _lastLoss;
    private double _lastNorm;

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

    /// <summary>Loss and norm of the gradient.</summary>
    public IReadOnlyList<double> Results => [_lastLoss, ExactNorm()];

    public double Run() => Times.Measure(() =>
    {
        using DisposeScope scope = torch.NewDisposeScope();
        _optimizer.ClearGradients();
        torch.Tensor loss = _loss(_policy);
        loss.backward();
        _lastNorm = torch.nn.utils.clip_grad_norm_(_policy.Parameters, TrainingRecipe.MaxGradNorm);
        _optimizer.Step();
        _lastLoss = loss.item<float>();
    });

    public void Dispose()
    {
        _optimizer.Dispose();
        _policy.Dispose();
        _data.Dispose();
    }

    /// <summary>
    /// Norm before clipping, its squares summed in F64: libtorch sums them in F32, which is off by 1e-4 for the gradients of 135M weights. What the parameters
    /// hold after a step is the clipped gradient.
    /// </summary>
    private double ExactNorm()
    {
        double squares = 0;
        foreach (Parameter parameter in _policy.Parameters)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            squares += parameter.grad!.to(torch.float64).square().sum().item<double>();
        }

        const double epsilon = 1e-6;
        return Math.Sqrt(squares) / Math.Min(1, TrainingRecipe.MaxGradNorm / (_lastNorm + epsilon));
    }
}
