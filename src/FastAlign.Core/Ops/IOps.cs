namespace FastAlign.Core;

/// <summary>
/// The only seam between models and devices: every op that training and decoding need, each forward beside its backward.
/// </summary>
/// <remarks>
/// <para>Letters: N tokens, R scored rows, C hidden width, H heads, G key-value heads, D head width, F MLP width, V vocabulary.
/// Reals are of <see cref="Backend.RealType"/>, row-major and contiguous unless "rows may be strided" is said.</para>
/// <para>Gradient rule: parameter gradients accumulate (<c>+=</c>), activation gradients are assigned (<c>=</c>), and where an activation gradient
/// may join the residual stream the caller says so by <see cref="Write"/>.</para>
/// <para>Order rule: every output row of a forward op depends only on its own inputs, with additions in an order fixed by the operand widths alone:
/// not by the number of rows, threads or neighbours. Sums over rows (parameter gradients) run in ascending row order, one chain per element,
/// starting from the value already there. Hence a batch may be split at any row without changing a bit.</para>
/// </remarks>
public interface IOps
{
    /// <summary><c>x = value</c>; rows may be strided.</summary>
    void Fill(Tensor x, double value);

    /// <summary><c>y = x</c>, converted when the types differ (F32, F64, BF16 round to nearest even); rows of both may be strided.</summary>
    void Copy(Tensor x, Tensor y);

    /// <summary><c>y += scale * x</c>; same shape; rows may be strided.</summary>
    void Add(Tensor x, double scale, Tensor y);

    /// <summary><c>x *= scale</c></summary>
    void Scale(Tensor x, double scale);

    /// <summary>Sum of squares of all elements, accumulated in double by a tree fixed by the length alone.</summary>
    double SumOfSquares(Tensor x);

    /// <summary><c>y[i] = x[rows[i]]</c>, or <c>+=</c>: embedding look-up, selection of scored rows.</summary>
    /// <param name="x">[M, C] table.</param>
    /// <param name="rows">[N] I32, each in [0, M).</param>
    /// <param name="write">Assign, or add (learned positions on top of token embeddings).</param>
    /// <param name="y">[N, C].</param>
    void GatherRows(Tensor x, Tensor rows, Write write, Tensor y);

    /// <summary><c>y[rows[i]] += x[i]</c> (or <c>=</c>, then rows are distinct), in ascending i: embedding gradient, filling a key-value cache.</summary>
    /// <param name="x">[N, C]; rows may be strided.</param>
    /// <param name="rows">[N] I32, each in [0, M).</param>
    /// <param name="write">Add, or assign.</param>
    /// <param name="y">[M, C].</param>
    void ScatterRows(Tensor x, Tensor rows, Write write, Tensor y);

    /// <summary><c>y = x * rstd * (w + offset)</c>, <c>rstd = 1/sqrt(mean(x^2) + eps)</c> over the last dimension (Zhang and Sennrich, 2019).</summary>
    /// <param name="x">[N, C] or [N, H, D]; rows may be strided.</param>
    /// <param name="w">[C] or [D].</param>
    /// <param name="spec">Epsilon and weight offset.</param>
    /// <param name="y">As <paramref name="x"/>; may be the same tensor; rows may be strided.</param>
    /// <param name="rstd">[N] or [N, H].</param>
    void RmsNormForward(Tensor x, Tensor w, NormSpec spec, Tensor y, Tensor rstd);

    /// <summary>
    /// <c>dx (=|+=) rstd (g - xhat mean(g xhat))</c>, <c>g = dy (w + offset)</c>, <c>xhat = x rstd</c>; <c>dw += sum dy xhat</c>.
    /// </summary>
    /// <param name="x">The forward input. <paramref name="dx"/> may be the same tensor as <paramref name="dy"/> when assigned.</param>
    /// <param name="w">Weight.</param>
    /// <param name="rstd">From forward.</param>
    /// <param name="dy">As x; rows may be strided.</param>
    /// <param name="spec">As forward.</param>
    /// <param name="write">Assign, or add into the residual stream's gradient.</param>
    /// <param name="dx">As x; rows may be strided.</param>
    /// <param name="dw">As w, <c>+=</c>; none when frozen.</param>
    void RmsNormBackward(Tensor x, Tensor w, Tensor rstd, Tensor dy, NormSpec spec, Write write, Tensor dx, Tensor dw);

    /// <summary><c>y = (x - mean) * rstd * (w + offset) + b</c> over the last dimension (Ba et al., 2016); <paramref name="b"/> may be none.</summary>
    /// <param name="x">[N, C] or [N, H, D]; rows may be strided.</param>
    /// <param name="w">[C] or [D].</param>
    /// <param name="b">As w, or none.</param>
    /// <param name="spec">Epsilon and weight offset.</param>
    /// <param name="y">As x; may be the same tensor.</param>
    /// <param name="mean">[N] or [N, H].</param>
    /// <param name="rstd">[N] or [N, H].</param>
    void LayerNormForward(Tensor x, Tensor w, Tensor b, NormSpec spec, Tensor y, Tensor mean, Tensor rstd);

    /// <summary><c>dx (=|+=) rstd (g - mean(g) - xhat mean(g xhat))</c>; <c>dw += sum dy xhat</c>; <c>db += sum dy</c>.</summary>
    /// <param name="saved">Forward input and statistics.</param>
    /// <param name="w">Weight.</param>
    /// <param name="dy">As x.</param>
    /// <param name="spec">As forward.</param>
    /// <param name="write">Assign, or add into the residual stream's gradient.</param>
    /// <param name="dx">As x.</param>
    /// <param name="dw">As w, <c>+=</c>; none when frozen.</param>
    /// <param name="db">As w, <c>+=</c>; none when absent or frozen.</param>
    void LayerNormBackward(LayerNormSaved saved, Tensor w, Tensor dy, NormSpec spec, Write write, Tensor dx, Tensor dw, Tensor db);

    /// <summary><c>y = x wᵀ (+ bias) (+ residual)</c>. One ascending chain of fused multiply-adds over K per element, from 0; then bias; then residual.</summary>
    /// <param name="x">[N, K]; rows may be strided.</param>
    /// <param name="w">[O, K].</param>
    /// <param name="bias">[O] or none.</param>
    /// <param name="residual">[N, O] or none; may be the same tensor as <paramref name="y"/>.</param>
    /// <param name="y">[N, O]; rows may be strided.</param>
    void LinearForward(Tensor x, Tensor w, Tensor bias, Tensor residual, Tensor y);

    /// <summary><c>dx (=|+=) dy w</c>; the chain over O ascends from 0, then is added.</summary>
    /// <param name="dy">[N, O]; rows may be strided.</param>
    /// <param name="w">[O, K].</param>
    /// <param name="write">Assign or add.</param>
    /// <param name="dx">[N, K]; rows may be strided.</param>
    void LinearBackwardInput(Tensor dy, Tensor w, Write write, Tensor dx);

    /// <summary><c>dw += dyᵀ x</c>, <c>dbias += sum_n dy</c>; the chain over N ascends from the value already there.</summary>
    /// <param name="x">[N, K]; rows may be strided.</param>
    /// <param name="dy">[N, O]; rows may be strided.</param>
    /// <param name="dw">[O, K], <c>+=</c>.</param>
    /// <param name="dbias">[O], <c>+=</c>, or none.</param>
    void LinearBackwardWeight(Tensor x, Tensor dy, Tensor dw, Tensor dbias);

    /// <summary>Rotates the first r dimensions of each head by the angle of its position, in place (Su et al., 2021). r is the width of <paramref name="table"/>.</summary>
    /// <param name="x">[N, H, D]; rows may be strided.</param>
    /// <param name="positions">[N] I32, each in [0, P).</param>
    /// <param name="table">[P, r]: cosines of the r/2 angles, then their sines.</param>
    /// <param name="pairing">Which dimensions turn together.</param>
    /// <param name="direction">Inverse for the backward pass.</param>
    void Rotary(Tensor x, Tensor positions, Tensor table, RotaryPairing pairing, RotaryDirection direction);

    /// <summary><c>y = f(x)</c></summary>
    /// <param name="kind">f.</param>
    /// <param name="x">[N, F].</param>
    /// <param name="y">[N, F]; may be the same tensor.</param>
    void ActivationForward(Activation kind, Tensor x, Tensor y);

    /// <summary><c>dx = dy f'(x)</c>; <paramref name="dx"/> may be the same tensor as <paramref name="dy"/>.</summary>
    void ActivationBackward(Activation kind, Tensor x, Tensor dy, Tensor dx);

    /// <summary><c>y = f(gate) * up</c> (Shazeer, 2020)</summary>
    /// <param name="kind">f.</param>
    /// <param name="gateUp">[N, 2F]: gate, then up.</param>
    /// <param name="y">[N, F].</param>
    void GatedActivationForward(Activation kind, Tensor gateUp, Tensor y);

    /// <summary><c>dgate = dy up f'(gate)</c>, <c>dup = dy f(gate)</c></summary>
    /// <param name="kind">f.</param>
    /// <param name="gateUp">[N, 2F] forward input.</param>
    /// <param name="dy">[N, F].</param>
    /// <param name="dGateUp">[N, 2F]; may be the same tensor as <paramref name="gateUp"/>.</param>
    void GatedActivationBackward(Activation kind, Tensor gateUp, Tensor dy, Tensor dGateUp);

    /// <summary>Causal softmax attention over a forest of segments; never a [T, T] tensor. See <see cref="AttentionLayout"/> for who sees whom and in what order.</summary>
    void AttentionForward(in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec);

    /// <summary>Gradients of attention by recomputation from <c>LogZ</c>. A key shared by several sequences receives the sum over all of them, in ascending query row.</summary>
    /// <param name="tensors">From forward; queries cover every key row (training layout).</param>
    /// <param name="layout">As forward.</param>
    /// <param name="spec">As forward.</param>
    /// <param name="dy">[N, H, D].</param>
    /// <param name="dq">[N, H, D], <c>=</c>; rows may be strided.</param>
    /// <param name="dk">[N, G, D], <c>=</c>; rows may be strided.</param>
    /// <param name="dv">[N, G, D], <c>=</c>; rows may be strided.</param>
    void AttentionBackward(in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec, Tensor dy, Tensor dq, Tensor dk, Tensor dv);

    /// <summary>Log-probs and friends of the scored rows in one pass over row x vocabulary tiles; never [R, V].</summary>
    void LogProbHeadForward(in HeadInputs inputs, HeadSpec spec, in HeadOutputs outputs);

    /// <summary>
    /// Gradients by recomputed tiles (or, where forward kept <see cref="HeadOutputs.Slope"/>, by it): <c>dz_v = dLogProb (1[v = target] - p_v) - dEntropy p_v (log p_v + entropy)</c>, then through scale, cap and temperature.
    /// </summary>
    /// <param name="inputs">As forward.</param>
    /// <param name="spec">As forward.</param>
    /// <param name="outputs">From forward: <c>LogZ</c>, and <c>Entropy</c> if its gradient is given. With <c>Slope</c> only log-probs and X have gradients.</param>
    /// <param name="gradients">Derivatives in, <c>X =</c>, <c>W +=</c>, <c>Bias +=</c>.</param>
    void LogProbHeadBackward(in HeadInputs inputs, HeadSpec spec, in HeadOutputs outputs, in HeadGradients gradients);

    /// <summary>
    /// How far student p and teacher q lie apart at each row, over the whole vocabulary: <c>D = sum_v D_v(log p_v, log q_v)</c>, both streamed over tiles;
    /// never [R, V]. See <see cref="DivergenceSpec"/> for the divergences.
    /// </summary>
    /// <param name="student">Rows to be trained, with their <c>LogZ</c>.</param>
    /// <param name="teacher">The same rows under the teacher: another width perhaps, the same vocabulary.</param>
    /// <param name="spec">Which divergence, through which logits.</param>
    /// <param name="outputs">[R] results.</param>
    void DivergenceHeadForward(in VocabularyRows student, in VocabularyRows teacher, DivergenceSpec spec, in DivergenceOutputs outputs);

    /// <summary>
    /// Gradients by recomputed tiles: <c>dz_v = dD (g_v - p_v G)</c>, g the derivative by <c>log p_v</c> up to a multiple of p, then through scale, cap and
    /// temperature. The teacher has none.
    /// </summary>
    /// <param name="student">As forward.</param>
    /// <param name="teacher">As forward.</param>
    /// <param name="spec">As forward.</param>
    /// <param name="outputs">From forward: <c>SlopeSum</c>.</param>
    /// <param name="dValue">[R] derivative of the loss by each divergence.</param>
    /// <param name="gradients">Of the student.</param>
    void DivergenceHeadBackward(
        in VocabularyRows student, in VocabularyRows teacher, DivergenceSpec spec, in DivergenceOutputs outputs, Tensor dValue, in VocabularyGradients gradients);

    /// <summary>The K largest of <c>x·w_v + b_v</c> in each row, largest first, the lower index first among equals; never [R, V].</summary>
    /// <param name="rows">What is projected; without <c>LogZ</c>.</param>
    /// <param name="logits">[R, K] output; K at most V.</param>
    /// <param name="ids">[R, K] I32 output.</param>
    void TopTokens(in VocabularyRows rows, Tensor logits, Tensor ids);

    /// <summary><c>logProb[r, k] = z_r[ids[r, k]] - logZ_r</c>, <c>z = softcap(scale (x·w + b)) / temperature</c>: K tokens of each row, chosen by the caller.</summary>
    /// <param name="rows">What is projected, with its <c>LogZ</c>.</param>
    /// <param name="spec">Scale, cap, temperature.</param>
    /// <param name="ids">[R, K] I32, each in [0, V); a token may occur twice.</param>
    /// <param name="logProb">[R, K] output.</param>
    void SelectedLogProbsForward(in VocabularyRows rows, HeadSpec spec, Tensor ids, Tensor logProb);

    /// <summary>Gradients by recomputed tiles: <c>dz_v = sum_k dLogProb_k (1[v = ids_k] - p_v)</c>, then through scale, cap and temperature.</summary>
    /// <param name="rows">As forward.</param>
    /// <param name="spec">As forward.</param>
    /// <param name="ids">As forward.</param>
    /// <param name="dLogProb">[R, K]</param>
    /// <param name="gradients">Of the rows.</param>
    void SelectedLogProbsBackward(in VocabularyRows rows, HeadSpec spec, Tensor ids, Tensor dLogProb, in VocabularyGradients gradients);

    /// <summary>One AdamW step over flat parameters; all four tensors have one shape.</summary>
    /// <param name="step">Rates and decays.</param>
    /// <param name="parameters">Updated in place.</param>
    /// <param name="gradients">Read.</param>
    /// <param name="firstMoment">Updated in place.</param>
    /// <param name="secondMoment">Updated in place.</param>
    void AdamW(AdamWStep step, Tensor parameters, Tensor gradients, Tensor firstMoment, Tensor secondMoment);
}

/// <summary>What layer norm keeps for its backward pass.</summary>
/// <param name="X">Forward input; rows may be strided.</param>
/// <param name="Mean">Row means.</param>
/// <param name="Rstd">Row <c>1/sqrt(var + eps)</c>.</param>
public readonly record struct LayerNormSaved(Tensor X, Tensor Mean, Tensor Rstd);
