using TorchSharp;
using TorchSharp.Modules;

namespace FastAlign.Peers;

/// <summary>
/// libtorch's fused AdamW, which transformers trains with by default: one pass over memory. TorchSharp's own optimizer does the same in some ten passes,
/// so the kernel is reached through TorchScript.
/// </summary>
internal sealed class TorchAdamW : IDisposable
{
    private const string Script = """
        def step(p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], steps: List[Tensor], lr: float, decay: float):
            torch._foreach_add_(steps, 1)
            unused: List[Tensor] = []
            torch._fused_adamw_(p, g, m, v, unused, steps, lr=lr, beta1=0.9, beta2=0.999, weight_decay=decay, eps=1e-8, amsgrad=False, maximize=False)

        """;

    private readonly torch.jit.CompilationUnit _unit = torch.jit.compile(Script);
    private readonly double _rate;
    private readonly double _decay;
    private readonly Parameter[] _parameters;
    private readonly torch.Tensor[] _first;
    private readonly torch.Tensor[] _second;
    private readonly torch.Tensor[] _steps;

    /// <param name="parameters">What is trained.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="decay">Weight decay.</param>
    public TorchAdamW(IEnumerable<Parameter> parameters, double rate, double decay = 0)
    {
        (_rate, _decay) = (rate, decay);
        _parameters = [.. parameters];
        _first = [.. _parameters.Select(parameter => torch.zeros(parameter.shape))];
        _second = [.. _parameters.Select(parameter => torch.zeros(parameter.shape))];
        _steps = [.. _parameters.Select(_ => torch.zeros([]))];
    }

    /// <summary>One update from the gradients that the parameters hold.</summary>
    public void Step()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using (torch.no_grad())
        {
            torch.Tensor[] gradients = [.. _parameters.Select(parameter => parameter.grad!)];
            _unit.invoke("step", _parameters.ToArray<torch.Tensor>(), gradients, _first, _second, _steps, _rate, _decay);
        }
    }

    /// <summary>Frees the gradients, as zero_grad does.</summary>
    public void ClearGradients()
    {
        foreach (Parameter parameter in _parameters)
        {
            parameter.grad = null;
        }
    }

    public void Dispose()
    {
        _unit.Dispose();
        foreach (torch.Tensor tensor in _first.Concat(_second).Concat(_steps))
        {
            tensor.Dispose();
        }
    }
}
