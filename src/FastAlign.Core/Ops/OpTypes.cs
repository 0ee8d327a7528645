namespace FastAlign.Core;

/// <summary>What an op does to an output that already holds values.</summary>
public enum Write
{
    /// <summary><c>y = value</c></summary>
    Assign,

    /// <summary><c>y += value</c></summary>
    Add,
}

/// <summary>Activation functions of the MLP block.</summary>
public enum Activation
{
    /// <summary><c>x * sigmoid(x)</c></summary>
    Silu,

    /// <summary><c>x * Phi(x)</c>, Phi the standard normal distribution function (erf form).</summary>
    Gelu,

    /// <summary><c>0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))</c></summary>
    GeluTanh,

    /// <summary><c>max(x, 0)</c></summary>
    Relu,
}

/// <summary>How rotary embedding pairs the rotated dimensions of a head.</summary>
public enum RotaryPairing
{
    /// <summary>Dimension j with j + r/2 (Llama and most others: "rotate half").</summary>
    Halves,

    /// <summary>Dimension 2j with 2j + 1 (GPT-J, Cohere, GLM).</summary>
    Interleaved,
}

/// <summary>Direction of a rotation; the backward pass of one is the other.</summary>
public enum RotaryDirection
{
    Forward,
    Inverse,
}

/// <summary>Options of a normalisation over the last dimension.</summary>
/// <param name="Epsilon">Added to the mean square or variance; above 0.</param>
/// <param name="WeightOffset">The scale is <c>w + WeightOffset</c>: 1 for the Gemma kinds, else 0.</param>
public readonly record struct NormSpec(double Epsilon, double WeightOffset = 0);

/// <summary>Options of attention.</summary>
/// <param name="Scale">Multiplies q·k; usually <c>1/sqrt(D)</c>.</param>
/// <param name="Window">Keys a query sees, itself included; 0 means all before it.</param>
/// <param name="SoftCap">If above 0, scores become <c>cap * tanh(score / cap)</c> before the mask.</param>
public readonly record struct AttentionSpec(double Scale, int Window = 0, double SoftCap = 0);

/// <summary>Operands and results of attention that its backward pass needs again.</summary>
/// <param name="Q">[N, H, D] queries, rotated; rows may be strided.</param>
/// <param name="K">[M, G, D] keys, rotated; rows may be strided. H is a multiple of G; head h reads key head h / (H/G).</param>
/// <param name="V">[M, G, D] values; rows may be strided.</param>
/// <param name="Y">[N, H, D] result.</param>
/// <param name="LogZ">[N, H] natural log of the softmax normaliser of each row of scores.</param>
public readonly record struct AttentionTensors(Tensor Q, Tensor K, Tensor V, Tensor Y, Tensor LogZ);

/// <summary>Options of the log-prob head: <c>z = softcap(scale * (x·w + b)) / temperature</c>.</summary>
/// <param name="LogitScale">Multiplies logits first.</param>
/// <param name="SoftCap">If above 0, logits become <c>cap * tanh(z / cap)</c>.</param>
/// <param name="Temperature">Divides logits last; above 0.</param>
public readonly record struct HeadSpec(double LogitScale = 1, double SoftCap = 0, double Temperature = 1)
{
    /// <summary>Plain logits. Without it <c>new HeadSpec()</c> would be all zeros.</summary>
    public HeadSpec()
        : this(1)
    {
    }
}

/// <summary>Results of the log-prob head, one number per scored row but for the last. All but the first two may be <see cref="Tensor.None"/>.</summary>
/// <param name="LogProb">[R] <c>z[target] - logZ</c>, nats.</param>
/// <param name="LogZ">[R] <c>log sum_v exp z_v</c>; backward needs it.</param>
/// <param name="Entropy">[R] <c>-sum_v p_v log p_v</c>, nats.</param>
/// <param name="LogSumSquares">[R] <c>log sum_v p_v^2</c>.</param>
/// <param name="MeanLogit">[R] mean of <c>z_v</c> over the vocabulary.</param>
/// <param name="ArgMax">[R] I32, the first vocabulary index of the largest logit.</param>
public readonly record struct HeadOutputs(Tensor LogProb, Tensor LogZ, Tensor Entropy = default, Tensor LogSumSquares = default, Tensor MeanLogit = default, Tensor ArgMax = default)
{
    /// <summary>
    /// [R, C] <c>d logProb / dx = s_y w_y - sum_v p_v s_v w_v</c> of each row with target y, s the slope of the logit's transform; for a head that stands still.
    /// Forward adds it up as it streams the vocabulary, with a second product per tile; backward then multiplies rows by <c>dLogProb</c>, and computes no logit again.
    /// The caller owns it, and asks for it only where backward will follow: it costs forward that product.
    /// </summary>
    public Tensor Slope { get; init; }
}

/// <summary>Operands of the log-prob head.</summary>
/// <param name="X">[R, C] hidden states of the scored rows, after the final norm.</param>
/// <param name="W">[V, C] output embedding.</param>
/// <param name="Bias">[V] or none.</param>
/// <param name="Targets">[R] I32 token scored by each row.</param>
/// <param name="Products">[R, V] what <c>linear</c> gives for these operands, where decoding has it; forward may read it, with the same bits as without.</param>
public readonly record struct HeadInputs(Tensor X, Tensor W, Tensor Bias, Tensor Targets, Tensor Products = default);

/// <summary>Gradients of the log-prob head.</summary>
/// <param name="LogProb">[R] derivative of the loss by each log-prob.</param>
/// <param name="Entropy">[R] derivative by each entropy, or none.</param>
/// <param name="X">[R, C] output, <c>=</c>.</param>
/// <param name="W">[V, C] output, <c>+=</c>; none when the head is frozen.</param>
/// <param name="Bias">[V] output, <c>+=</c>, or none.</param>
public readonly record struct HeadGradients(Tensor LogProb, Tensor Entropy, Tensor X, Tensor W, Tensor Bias);

/// <summary>One step of AdamW with decoupled weight decay (Loshchilov and Hutter, 2019), in the order of operations of torch.optim.AdamW.</summary>
/// <param name="LearningRate">Rate of this step.</param>
/// <param name="Beta1">Decay of the first moment, in [0, 1).</param>
/// <param name="Beta2">Decay of the second moment, in [0, 1).</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="WeightDecay">Weights shrink by <c>LearningRate * WeightDecay</c> before the update.</param>
/// <param name="Step">1 for the first step: bias corrections are <c>1 - beta^Step</c>.</param>
/// <param name="GradientScale">Multiplies the gradient on the fly: the clipping coefficient, or 1.</param>
public readonly record struct AdamWStep(double LearningRate, double Beta1, double Beta2, double Epsilon, double WeightDecay, int Step, double GradientScale = 1);
